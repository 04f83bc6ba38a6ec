"""The losses that are compared with Keras 3's, as a table: loss, options, shape of the predictions, weights.

``tests/data/make_keras_losses.py`` computes what Keras answers and keeps it in ``tests/data/keras_losses.npz``;
``test_keras_losses.py`` reads it.
"""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ROWS, PIXELS = (4, 5), (2, 3, 4, 5)
LABELS = ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy", "Circle")
BINARY = ("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge", "Dice", "Tversky")
ONE_HOT = ("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge", "KLDivergence")
POSITIVE = ("Poisson", "MeanSquaredLogarithmicError", "MeanAbsolutePercentageError")


@dataclass(frozen=True)
class Case:
    """A loss with its options on predictions of a shape; weights of the losses' shape ("all") or one a sample."""

    loss: str
    options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = ROWS
    weights: str | None = None
    column: bool = False  # targets lack the predictions' last axis of size 1

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        column = " of targets without the last axis" if self.column else ""
        return f"{self.loss}({options}) of {self.shape}, weights {self.weights}{column}"

    def operands(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Targets, predictions and weights, which depend on nothing but what the case says."""
        rng = np.random.default_rng(zlib.crc32(str(self).encode()))
        y_true, y_pred = self._targets(rng), self._predictions(rng)
        if self.column:
            y_true = y_true[..., 0]
        weights = None
        if self.weights == "all":
            weights = rng.uniform(0, 2, self.shape[:-1])
        elif self.weights == "sample":
            weights = rng.uniform(0, 2, (self.shape[0], *(1,) * max(len(self.shape) - 2, 1)))
        return y_true, y_pred, weights

    def _targets(self, rng: np.random.Generator) -> np.ndarray:
        if self.loss in LABELS:
            labels = rng.integers(0, self.shape[-1], self.shape[:-1])
            ignored = self.options.get("ignore_class")
            return labels if ignored is None else np.where(rng.random(labels.shape) < 0.4, ignored, labels)
        if self.loss in BINARY:
            return rng.integers(0, 2, self.shape).astype(float)
        if self.loss in ONE_HOT:
            return np.eye(self.shape[-1])[rng.integers(0, self.shape[-1], self.shape[:-1])]
        if self.loss in POSITIVE:
            return rng.uniform(0.1, 2, self.shape)
        return rng.normal(size=self.shape)

    def _predictions(self, rng: np.random.Generator) -> np.ndarray:
        if self.options.get("from_logits") or "Hinge" in self.loss:
            return 2 * rng.normal(size=self.shape)
        if self.loss in POSITIVE:
            return rng.uniform(0.1, 2, self.shape)
        if self.loss in (*LABELS, *ONE_HOT, *BINARY):
            values = rng.uniform(0.05, 0.95, self.shape)
            if self.loss == "Circle":
                return values / np.linalg.norm(values, axis=-1, keepdims=True)
            if self.loss[-23:] == "CategoricalCrossentropy" and self.options.get("axis", -1) == -1:
                values[..., 0, :] = 0  # what is clipped has no gradient
                values[..., 0, 1] = 1
            return values
        return 2 * rng.normal(size=self.shape)


PLAIN = (
    *("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError"),
    *("LogCosh", "Poisson", "KLDivergence", "Hinge", "SquaredHinge", "CategoricalHinge"),
    *("CosineSimilarity", "Huber", "Dice", "Tversky", "BinaryCrossentropy", "BinaryFocalCrossentropy"),
    *("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy"),
    "CategoricalGeneralizedCrossEntropy",
)
OPTIONS = {
    "Huber": [{"delta": 0.5}],
    "CosineSimilarity": [{"axis": 0}, {"axis": 1}],
    "BinaryCrossentropy": [
        {"from_logits": logits, "label_smoothing": smoothing, "axis": axis}
        for logits, smoothing, axis in itertools.product((False, True), (0.0, 0.2), (-1, 1))
    ],
    "CategoricalCrossentropy": [
        {"from_logits": logits, "label_smoothing": smoothing, "axis": axis}
        for logits, smoothing, axis in itertools.product((False, True), (0.0, 0.2), (-1, 1))
    ],
    "SparseCategoricalCrossentropy": [
        {"from_logits": logits, "ignore_class": ignored}
        for logits, ignored in itertools.product((False, True), (None, 1, 255, -1))
    ],
    "CategoricalGeneralizedCrossEntropy": [{"q": 0.2}, {"q": 0.9}],
    "BinaryFocalCrossentropy": [
        {"from_logits": logits, **more}
        for logits in (False, True)
        for more in (
            {"apply_class_balancing": True},
            {"apply_class_balancing": True, "alpha": 0.7, "gamma": 1.0},
            {"gamma": 3.5, "label_smoothing": 0.1},
            {"gamma": 0.0},
            {"axis": 1},
        )
    ],
    "CategoricalFocalCrossentropy": [
        {"from_logits": logits, **more}
        for logits in (False, True)
        for more in (
            {"alpha": 0.7, "gamma": 1.0},
            {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5]},
            {"gamma": 3.5, "label_smoothing": 0.1},
            {"gamma": 0.0},
        )
    ],
    "Dice": [{"axis": 0}, {"axis": 1}, {"axis": (0, -1)}],
    "Tversky": [{"alpha": 0.3, "beta": 0.9}, {"axis": -1}, {"axis": (0, -1), "beta": 0.1}],
}
REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)
REDUCED = [
    ("MeanSquaredError", {}),
    ("CategoricalCrossentropy", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", {}),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}),
    ("Dice", {}),
]

CASES = [
    *(Case(loss, {}, shape) for loss, shape in itertools.product(PLAIN, (ROWS, PIXELS))),
    *(
        Case(loss, options, shape)
        for loss, each in OPTIONS.items()
        for options, shape in itertools.product(each, (ROWS, PIXELS))
    ),
    *(
        Case(loss, {**options, "reduction": reduction}, shape, weights)
        for (loss, options), reduction, shape, weights in itertools.product(
            REDUCED, REDUCTIONS, (ROWS, PIXELS), (None, "all", "sample")
        )
        if loss != "Dice" or weights is None
    ),
    *(Case("Circle", options, (8, 3)) for options in ({}, {"gamma": 2.0, "margin": 0.1, "remove_diagonal": False})),
    *(Case("Circle", {"gamma": 1.0, "reduction": reduction}, (8, 20)) for reduction in ("mean", "sum", "none")),
    *(Case(loss, {}, shape, None, True) for loss in PLAIN[:4] for shape in ((6, 1), (3, 4, 1))),
]
