"""Intersection over union of regions in segmentations: tp / (tp + fp + fn) of each class, averaged.

The counts are exact for weights that are not whole too, which Keras rounds down unless a dtype is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pycnn import config
from pycnn.metrics.metric import Metric
from pycnn.ops import arrays
from pycnn.utils.arguments import INT64_MAX, error, flag, integer, number


class IoU(Metric):
    """Mean of tp / (tp + fp + fn) over some classes, those that occur.

    Args:
        num_classes: of targets and predictions; other numbers do not count.
        target_class_ids: the classes whose mean is taken.
        name, dtype: as `Metric`.
        ignore_class: targets of this class do not count.
        sparse_y_true: whether targets are class numbers rather than one-hot.
        sparse_y_pred: whether predictions are class numbers rather than scores of the classes.
        axis: the axis of the classes where there is one.

    Raises:
        ValueError: bad arguments or shapes.

    >>> from pycnn.metrics import IoU
    >>> round(IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]), 4)
    0.3333
    """

    better = "max"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__("int32" if dtype is None else dtype, name)
        operation = type(self).__name__
        self.num_classes = integer(operation, "num_classes", num_classes)
        self.target_class_ids = [integer(operation, "target_class_ids", one, 0) for one in target_class_ids]
        if not self.target_class_ids or max(self.target_class_ids) >= self.num_classes:
            rule = f"target_class_ids must hold classes in [0, {self.num_classes - 1}]"
            raise error(operation, rule, "target_class_ids", target_class_ids)
        self.ignore_class = ignore_class
        if ignore_class is not None:
            self.ignore_class = integer(operation, "ignore_class", ignore_class, -INT64_MAX)
        self.sparse_y_true = flag(operation, "sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag(operation, "sparse_y_pred", sparse_y_pred)
        self.axis = integer(operation, "axis", axis, -INT64_MAX)
        self.total_cm = self.add_variable((self.num_classes,) * 2, name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true = self._classes("y_true", y_true, self.sparse_y_true)
        y_pred = self._classes("y_pred", y_pred, self.sparse_y_pred)
        if y_true.size != y_pred.size:
            raise error(self.name, f"y_true must have {y_pred.size} elements as y_pred", "y_true.size", y_true.size)
        weights = self.weights(sample_weight)
        weights = np.ones(y_true.size) if weights is None else self.broadcast(weights.ravel(), y_true.shape)
        counted = (y_true >= 0) & (y_true < self.num_classes) & (y_pred >= 0) & (y_pred < self.num_classes)
        if self.ignore_class is not None:
            counted &= y_true != self.ignore_class
        places = y_true[counted] * self.num_classes + y_pred[counted]
        matrix = np.bincount(places, weights[counted], self.num_classes**2)
        self.total_cm.assign_add(matrix.reshape(self.num_classes, self.num_classes))

    def _classes(self, name: str, values: Any, sparse: bool) -> np.ndarray:
        values = arrays.rows(self.name, name, values)
        if not sparse:
            if not -values.ndim <= self.axis < values.ndim:
                raise error(self.name, f"axis must be one of {name}'s, of shape {values.shape}", "axis", self.axis)
            values = values.argmax(axis=self.axis)
        with np.errstate(invalid="ignore"):
            return values.ravel().astype(np.int64)

    def result(self) -> float:
        matrix = self.total_cm.numpy()
        both = np.diag(matrix)
        either = (matrix.sum(axis=0) + matrix.sum(axis=1) - both)[self.target_class_ids]
        shares = np.where(either > 1e-9, both[self.target_class_ids] / (either + config.epsilon()), 0)
        return float(shares.sum() / (np.count_nonzero(either > 1e-9) + config.epsilon()))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{name: getattr(self, name) for name in _CONFIG}}


_CONFIG = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


class BinaryIoU(IoU):
    """`IoU` of predictions above or below a threshold.

    Args:
        target_class_ids: of 0 and 1, the classes whose mean is taken.
        threshold: a prediction of at least that is class 1.
        name, dtype: as `Metric`.

    >>> from pycnn.metrics import BinaryIoU
    >>> round(BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]), 4)
    0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number("BinaryIoU", "threshold", threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = arrays.contiguous(arrays.rows(self.name, "y_pred", y_pred), np.dtype(np.float32))
        super().update_state(y_true, y_pred >= np.float32(self.threshold), sample_weight)

    def get_config(self) -> dict[str, Any]:
        arguments = {"target_class_ids": self.target_class_ids, "threshold": self.threshold}
        return {"name": self.name, "dtype": self.dtype, **arguments}


class MeanIoU(IoU):
    """`IoU` of all classes: the mean of tp / (tp + fp + fn).

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: as `IoU`.

    >>> from pycnn.metrics import MeanIoU
    >>> round(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        ids = range(integer(type(self).__name__, "num_classes", num_classes))
        super().__init__(num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["target_class_ids"]
        return config


class OneHotIoU(IoU):
    """`IoU` of one-hot targets and scores of the classes.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: as `IoU`.

    >>> from pycnn.metrics import OneHotIoU
    >>> metric = OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> round(metric([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets and scores of the classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: as `IoU`.

    >>> from pycnn.metrics import OneHotMeanIoU
    >>> metric = OneHotMeanIoU(num_classes=2)
    >>> round(metric([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config
