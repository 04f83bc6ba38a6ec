"""The metrics that are compared with Keras 3's, as a table: metric, options, what it is given, weights.

``tests/data/make_keras_metrics.py`` computes what Keras answers after each of three batches and keeps it in
``tests/data/keras_metrics.json``; ``test_keras_metrics.py`` reads it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

BATCHES = (4, 7, 3)


@dataclass(frozen=True)
class Case:
    """A metric with its options on samples of a shape; `data` names what targets and predictions are."""

    metric: str
    data: str
    options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (5,)
    weights: str | None = None

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{self.metric}({options}) of {self.data} {self.shape}, weights {self.weights}"

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        """Targets, predictions and weights, which depend on nothing but what the case says."""
        rng = np.random.default_rng(zlib.crc32(str(self).encode()))
        for size in BATCHES:
            y_true, y_pred = _DATA[self.data](rng, (size, *self.shape))
            weights = None
            if self.weights == "sample":
                weights = rng.uniform(0, 2, size)
            elif self.weights == "whole":
                weights = rng.integers(0, 4, y_true.shape)
            elif self.weights == "all":
                weights = rng.uniform(0, 2, (size, *self.shape))
            elif self.weights == "row":
                weights = rng.uniform(0, 2, (size, *self.shape[:-1]))
            yield y_true, y_pred, None if weights is None else weights.astype(np.float32)


def _probabilities(rng, shape):
    """Many of them at thresholds."""
    values = rng.uniform(0, 1, shape)
    return np.where(rng.random(shape) < 0.3, values.round(1), values).astype(np.float32)


def _one_hot(rng, shape):
    return np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]


_DATA = {
    "real": lambda rng, shape: tuple(rng.normal(size=(2, *shape)).astype(np.float32)),
    "positive": lambda rng, shape: tuple(rng.uniform(0.1, 2, (2, *shape)).astype(np.float32)),
    "binary": lambda rng, shape: (rng.integers(0, 2, shape).astype(np.float32), _probabilities(rng, shape)),
    "binary logits": lambda rng, shape: (rng.integers(0, 2, shape), rng.normal(size=shape).astype(np.float32)),
    "one-hot": lambda rng, shape: (_one_hot(rng, shape), _probabilities(rng, shape) + np.float32(0.01)),
    "labels": lambda rng, shape: (
        rng.integers(0, shape[-1], shape[:-1]),
        _probabilities(rng, shape) + np.float32(0.01),
    ),
    "column of labels": lambda rng, shape: (rng.integers(0, shape[-1], (*shape[:-1], 1)), _probabilities(rng, shape)),
    "classes": lambda rng, shape: tuple(rng.integers(0, 3, (2, *shape))),
    "sorted classes": lambda rng, shape: (
        rng.integers(0, 6, shape[:-1]),
        np.stack([rng.permutation(6)[: shape[-1]] for _ in range(int(np.prod(shape[:-1])))]).reshape(shape),
    ),
}
PIXELS = (3, 4, 5)
WEIGHTS = (None, "sample", "row")
FIVE = [0.1, 0.25, 0.5, 0.6, 0.95]

MEANS = [
    *(("MeanSquaredError", "real"), ("MeanAbsoluteError", "real"), ("MeanAbsolutePercentageError", "positive")),
    *(("MeanSquaredLogarithmicError", "positive"), ("RootMeanSquaredError", "real"), ("LogCoshError", "real")),
    *(("CosineSimilarity", "real"), ("KLDivergence", "one-hot"), ("Poisson", "positive"), ("Hinge", "binary")),
    *(("SquaredHinge", "binary"), ("CategoricalHinge", "one-hot"), ("BinaryCrossentropy", "binary")),
    *(("CategoricalCrossentropy", "one-hot"), ("SparseCategoricalCrossentropy", "labels")),
    *(("Accuracy", "classes"), ("BinaryAccuracy", "binary"), ("CategoricalAccuracy", "one-hot")),
    *(("SparseCategoricalAccuracy", "labels"), ("PearsonCorrelation", "real"), ("ConcordanceCorrelation", "real")),
]
COUNTS = ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
SHARES = ("Precision", "Recall")
AT = {
    "SensitivityAtSpecificity": "specificity",
    "SpecificityAtSensitivity": "sensitivity",
    "PrecisionAtRecall": "recall",
    "RecallAtPrecision": "precision",
}

CASES = [
    *(
        Case(metric, "real", {}, shape, weights)
        for metric in ("Mean", "Sum")
        for shape in ((), (5,))
        for weights in WEIGHTS[:2]
    ),
    *(
        Case(metric, data, {}, shape, weights)
        for metric, data in MEANS
        for shape in ((5,), PIXELS)
        for weights in (None, "row")
    ),
    *(Case(metric, data, {}, (5,), "sample") for metric, data in MEANS),
    *(Case("Accuracy", "classes", {}, PIXELS, weights) for weights in ("sample", "all")),
    *(Case("BinaryAccuracy", "binary", {"threshold": threshold}, (5,), "all") for threshold in (0.1, 0.3, 0.8)),
    *(Case("SparseCategoricalAccuracy", "column of labels", {}, shape) for shape in ((5,), PIXELS)),
    *(
        Case("TopKCategoricalAccuracy", "one-hot", {"k": k}, shape, "row")
        for k in (1, 2, 5)
        for shape in ((5,), PIXELS)
    ),
    *(Case("SparseTopKCategoricalAccuracy", "labels", {"k": k}, shape) for k in (1, 2, 5) for shape in ((5,), PIXELS)),
    *(Case("SparseTopKCategoricalAccuracy", "sorted classes", {"k": k, "from_sorted_ids": True}) for k in (1, 3)),
    *(Case("CosineSimilarity", "real", {"axis": axis}, PIXELS) for axis in (1, 2)),
    *(
        Case("BinaryCrossentropy", data, {"from_logits": "logits" in data, "label_smoothing": 0.2})
        for data in ("binary", "binary logits")
    ),
    *(
        Case("CategoricalCrossentropy", "one-hot", {"label_smoothing": 0.2, "from_logits": logits})
        for logits in (False, True)
    ),
    *(
        Case("SparseCategoricalCrossentropy", "labels", {"ignore_class": 2, "from_logits": logits}, shape, weights)
        for logits in (False, True)
        for shape in ((5,), PIXELS)
        for weights in (None, "row")
    ),
    *(
        Case(metric, "binary", {"thresholds": thresholds}, shape, weights)
        for metric in (*COUNTS, *SHARES)
        for thresholds in (None, 0.3, [0.7, 0.2, 0.5], FIVE, [0.0, 0.25, 0.5, 0.75, 1.0])
        for shape, weights in (((5,), None), ((5,), "sample"), ((3, 4), "row"))
    ),
    *(
        Case(metric, data, {"top_k": top_k, "class_id": class_id, "thresholds": thresholds}, (5,), weights)
        for metric in SHARES
        for data in ("one-hot", "binary")
        for top_k, class_id, thresholds in ((2, None, None), (None, 3, None), (2, 1, None), (3, None, [0.5, 0.1]))
        for weights in (None, "sample")
    ),
    *(
        Case("AUC", "binary", {"curve": curve, "summation_method": method, **more}, shape, weights)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for more, shape, weights in (
            ({}, (), None),
            ({}, (5,), "sample"),
            ({"num_thresholds": 5}, (5,), None),
            ({"thresholds": FIVE}, (), "sample"),
            ({"multi_label": True, "num_labels": 5}, (5,), None),
            ({"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.5, 2.0]}, (5,), "sample"),
            ({"multi_label": True, "thresholds": FIVE}, (5,), None),
            ({"label_weights": [0.1, 0.2, 0.3, 0.5, 2.0]}, (5,), None),
        )
    ),
    Case("AUC", "binary logits", {"from_logits": True}),
    Case("AUC", "binary", {"thresholds": [0.25, 0.5, 0.75]}),
    *(
        Case(metric, "binary", {argument: value, **more}, shape, weights)
        for metric, argument in AT.items()
        for value, more, shape, weights in (
            (0.5, {}, (), None),
            (0.8, {"num_thresholds": 10}, (), "sample"),
            (0.3, {"class_id": 1}, (5,), None),
            (0.4, {"num_thresholds": 1}, (5,), "sample"),
        )
    ),
    *(
        Case(metric, data, {"average": average, "threshold": threshold, **more}, (5,), weights)
        for metric, more in (("F1Score", {}), ("FBetaScore", {"beta": 2.0}))
        for average in (None, "micro", "macro", "weighted")
        for data, threshold in (("one-hot", None), ("binary", 0.4))
        for weights in (None, "sample")
    ),
    *(
        Case("R2Score", "real", {"class_aggregation": aggregation, "num_regressors": regressors}, (3,), weights)
        for aggregation in (None, "uniform_average", "variance_weighted_average")
        for regressors in (0, 2)
        for weights in (None, "sample", "all")
    ),
    *(
        Case(metric, "classes", {"num_classes": 3, **ids, **more}, (4, 5), weights)
        for metric, ids in (("IoU", {"target_class_ids": [0, 2]}), ("MeanIoU", {}))
        for more in ({}, {"ignore_class": 1}, {"ignore_class": -1, "dtype": "float32"})
        for weights in (None, "whole")
    ),
    *(
        Case("MeanIoU", "one-hot", {"num_classes": 5, "sparse_y_true": False, "sparse_y_pred": False}, (4, 5), None)
        for _ in "1"
    ),
    *(
        Case("MeanIoU", "labels", {"num_classes": 5, "sparse_y_pred": False, "dtype": "float32"}, (4, 5), "row")
        for _ in "1"
    ),
    *(
        Case("BinaryIoU", "binary", {"threshold": threshold, "target_class_ids": ids})
        for threshold in (0.5, 0.3)
        for ids in ([0, 1], [1])
    ),
    *(
        Case("OneHotIoU", "one-hot", {"num_classes": 5, "target_class_ids": [0, 4], **more})
        for more in ({}, {"ignore_class": 0})
    ),
    *(Case("OneHotMeanIoU", "one-hot", {"num_classes": 5, **more}, (4, 5)) for more in ({}, {"ignore_class": 3})),
]
