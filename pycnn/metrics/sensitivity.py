"""The best of one rate where another is at least a given value, over thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.metrics.confusion import ThresholdMetric
from pycnn.metrics.metric import ratio
from pycnn.utils.arguments import integer, number


class _RateAtRate(ThresholdMetric):
    kept = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    argument = ""  # the name of the value that is given

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any) -> None:
        operation = type(self).__name__
        self.num_thresholds = integer(operation, "num_thresholds", num_thresholds)
        steps = [0.5] if self.num_thresholds == 1 else np.arange(self.num_thresholds) / (self.num_thresholds - 1)
        super().__init__(steps, 0.5, name, dtype)
        self.value = number(operation, self.argument, value, 0.0, 1.0)
        setattr(self, self.argument, self.value)
        self.class_id = None if class_id is None else integer(operation, "class_id", class_id, 0)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.add(y_true, y_pred, sample_weight, class_id=self.class_id)

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rate that is bounded and that which is wanted."""
        raise NotImplementedError

    def result(self) -> float:
        bounded, wanted = self.rates()
        return float(np.max(np.where(bounded >= self.value, wanted, 0), initial=0))

    @property
    def recalls(self) -> np.ndarray:
        """tp / (tp + fn), the sensitivity."""
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def precisions(self) -> np.ndarray:
        """tp / (tp + fp)."""
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def specificities(self) -> np.ndarray:
        """tn / (tn + fp)."""
        return ratio(self.true_negatives, self.true_negatives + self.false_positives)

    def get_config(self) -> dict[str, Any]:
        config = {"num_thresholds": self.num_thresholds, self.argument: self.value, "class_id": self.class_id}
        return {"name": self.name, "dtype": self.dtype, **config}


class SensitivityAtSpecificity(_RateAtRate):
    """The largest sensitivity (recall) where the specificity is at least a value.

    Args:
        specificity: in [0, 1].
        num_thresholds: how many thresholds are tried, from 0 to 1.
        class_id: the only class that counts.
        name, dtype: as `Metric`.

    >>> from pycnn.metrics import SensitivityAtSpecificity
    >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    argument = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        return self.specificities, self.recalls


class SpecificityAtSensitivity(_RateAtRate):
    """The largest specificity where the sensitivity is at least a value. Arguments as `SensitivityAtSpecificity`.

    >>> from pycnn.metrics import SpecificityAtSensitivity
    >>> round(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]), 4)
    0.6667
    """

    argument = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        return self.recalls, self.specificities


class PrecisionAtRecall(_RateAtRate):
    """The largest precision where the recall is at least a value. Arguments as `SensitivityAtSpecificity`.

    >>> from pycnn.metrics import PrecisionAtRecall
    >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    argument = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        return self.recalls, self.precisions


class RecallAtPrecision(_RateAtRate):
    """The largest recall where the precision is at least a value. Arguments as `SensitivityAtSpecificity`.

    >>> from pycnn.metrics import RecallAtPrecision
    >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    0.5
    """

    argument = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        return self.precisions, self.recalls
