"""Training with regularizers, constraints and the options of optimizers, compared with what Keras 3's `fit` does.

`build` makes the same model with either library; a case is the arguments of its layers and its optimizer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

EPOCHS, BATCH_SIZE, SAMPLES = 3, 4, 14

_SCHEDULE = ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.8})

# name: (arguments of the convolution, of the normalisation, of the dense layer, optimizer, its arguments)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, dict[str, Any]]] = {
    "regularizers": (
        {"kernel_regularizer": ("L2", {"l2": 0.05}), "bias_regularizer": ("L1", {"l1": 0.02})},
        {"gamma_regularizer": ("L1L2", {"l1": 0.01, "l2": 0.03}), "beta_regularizer": ("L2", {})},
        {"kernel_regularizer": ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"})},
        "SGD",
        {"learning_rate": 0.005, "momentum": 0.9},
    ),
    "activity": (
        {"activity_regularizer": ("L2", {"l2": 0.05})},
        {},
        {"activity_regularizer": ("L1", {"l1": 0.02}), "kernel_regularizer": ("L2", {"l2": 0.05})},
        "Adam",
        {"learning_rate": 0.02},
    ),
    "constraints": (
        {"kernel_constraint": ("MaxNorm", {"max_value": 0.8, "axis": [0, 1, 2]})},
        {"gamma_constraint": ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "axis": None})},
        {"kernel_constraint": ("UnitNorm", {}), "bias_constraint": ("NonNeg", {})},
        "SGD",
        {"learning_rate": 0.02},
    ),
    "schedule": ({}, {}, {}, "RMSprop", {"learning_rate": _SCHEDULE}),
    "clips": ({}, {}, {}, "SGD", {"learning_rate": 0.2, "global_clipnorm": 0.1}),
    "averages": ({}, {}, {}, "Adam", {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.7}),
    "overwriting": (
        {"kernel_regularizer": ("L2", {"l2": 0.05})},
        {},
        {},
        "SGD",
        {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 3},
    ),
    "accumulation": (
        {"kernel_regularizer": ("L2", {"l2": 0.05})},
        {},
        {"kernel_constraint": ("MaxNorm", {})},
        "Nadam",
        {"learning_rate": _SCHEDULE, "gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.1},
    ),
    "scaled": ({}, {}, {}, "Lion", {"learning_rate": 0.01, "loss_scale_factor": 1024.0}),
}


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and targets of a case."""
    rng = np.random.default_rng(list(CASES).index(name))
    return rng.normal(size=(SAMPLES, 5, 5, 2)), rng.normal(size=(SAMPLES, 3))


def build(keras: Any, name: str) -> Any:
    """The compiled model of a case, made with Keras or with pycnn, with given weights."""
    conv, normalization, dense, optimizer, options = CASES[name]

    def arguments(described: dict[str, Any]) -> dict[str, Any]:
        modules = {"regularizer": keras.regularizers, "constraint": keras.constraints}
        return {
            argument: getattr(modules[argument.rpartition("_")[2]], cls)(**inner)
            for argument, (cls, inner) in described.items()
        }

    layers = keras.layers
    stack = [
        keras.Input((5, 5, 2)),
        layers.Conv2D(4, 3, activation="tanh", name="conv", dtype="float64", **arguments(conv)),
        layers.BatchNormalization(momentum=0.9, name="norm", dtype="float64", **arguments(normalization)),
        layers.ActivityRegularization(l2=0.01 if name == "activity" else 0.0, dtype="float64"),
        layers.Flatten(dtype="float64"),
        layers.Dense(3, name="dense", dtype="float64", **arguments(dense)),
    ]
    model = keras.Sequential(stack)
    rng = np.random.default_rng(5)
    model.set_weights([np.abs(rng.normal(size=weight.shape)) / 3 for weight in model.weights])
    if isinstance(options["learning_rate"], tuple):
        schedule, inner = options["learning_rate"]
        options = {**options, "learning_rate": getattr(keras.optimizers.schedules, schedule)(**inner)}
    model.compile(getattr(keras.optimizers, optimizer)(**options), "mse", metrics=["mae"])
    return model


def fit(model: Any, name: str) -> list[np.ndarray]:
    """Train; the losses and metrics of the epochs and of an evaluation, then the weights."""
    x, y = data(name)
    split = SAMPLES - 4
    history = model.fit(
        x[:split],
        y[:split],
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=(x[split:], y[split:]),
    ).history
    logs = [history[key] for key in ("loss", "mae", "val_loss", "val_mae")]
    return [np.array(logs), np.array(model.evaluate(x, y, batch_size=5, verbose=0)), *model.get_weights()]
