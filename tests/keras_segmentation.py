"""Training of nets that give a class, or values, to every pixel, with losses that work in NumPy: as Keras 3 does it.

``tests/data/make_keras_segmentation.py`` trains with Keras and keeps histories and weights in
``tests/data/keras_segmentation.npz``; ``test_keras_segmentation.py`` trains with pycnn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# The loss, its options, whether targets are class numbers (some of them 255), whether pixels have weights.
CASES = [
    ("SparseCategoricalCrossentropy", {"ignore_class": 255}, True, True),
    ("SparseCategoricalCrossentropy", {"ignore_class": 255}, True, False),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1, "reduction": "sum"}, False, True),
    ("CategoricalFocalCrossentropy", {"label_smoothing": 0.1}, False, True),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True}, False, True),
    ("Dice", {}, False, False),
    ("Tversky", {"axis": [1, 2]}, False, False),
    ("MeanSquaredError", {"reduction": "mean_with_sample_weight"}, False, True),
    ("KLDivergence", {}, False, True),
    ("LogCosh", {}, False, True),
    ("Huber", {"delta": 0.5}, False, False),
]


def train(keras: Any, case: tuple[str, dict[str, Any], bool, bool]) -> list[np.ndarray]:
    """Three epochs; the loss and the metrics by epoch in the order of their names, then the weights."""
    loss, options, sparse, weighted = case
    rng = np.random.default_rng(1)
    x = rng.normal(size=(24, 6, 6, 2)).astype(np.float32)
    labels = rng.integers(0, 4, (24, 6, 6))
    y = np.where(rng.random(labels.shape) < 0.2, 255, labels) if sparse else np.eye(4, dtype=np.float32)[labels]
    weights = rng.random(labels.shape).astype(np.float32) if weighted else None
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(5, 3, padding="same", activation="tanh"),
            layers.Conv2D(4, 1, activation="softmax"),
        ]
    )
    model.set_weights([0.3 * rng.normal(size=value.shape).astype(np.float32) for value in model.get_weights()])
    right = keras.metrics.SparseCategoricalAccuracy if sparse else keras.metrics.CategoricalAccuracy
    model.compile(
        keras.optimizers.Adam(0.01),
        getattr(keras.losses, loss)(**options),
        metrics=[keras.metrics.MeanIoU(4, name="iou", sparse_y_true=sparse, sparse_y_pred=False), "accuracy"],
        weighted_metrics=[right(name="weighted")],
    )
    history = model.fit(x, y, sample_weight=weights, epochs=3, batch_size=8, shuffle=False, verbose=0).history
    return [np.array([history[name] for name in sorted(history)], np.float64), *model.get_weights()]
