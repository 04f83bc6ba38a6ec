"""The runs of optimizers and the schedules that are compared with Keras 3's: class, arguments, what else is set.

A run is STEPS steps on three weights of the shapes of two dense layers, from given weights with given gradients.
"""

from __future__ import annotations

import zlib

import numpy as np

STEPS = 6
KEPT = (1, 4, 6)  # steps after which the weights are in the file
NAMES = ("kernel", "bias", "kernel")
SHAPES = ((4, 3), (3,), (3, 2))

_RULES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}),
    ("Adam", {"learning_rate": 0.1, "beta_2": 0.5, "amsgrad": True}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.5, "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.5, "epsilon": 0.01, "momentum": 0.8}),
    ("RMSprop", {"learning_rate": 0.1, "momentum": 0.8, "centered": True}),
    ("Adagrad", {}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 0.01}),
    ("Adadelta", {}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 0.01}),
    ("Adamax", {}),
    ("Adamax", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.01}),
    ("Nadam", {}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.01}),
    ("Lion", {}),
    ("Lion", {"learning_rate": 0.1, "beta_1": 0.3, "beta_2": 0.6}),
]
_OPTIONS = [
    {"weight_decay": 0.2},
    {"clipnorm": 0.7},
    {"clipvalue": 0.3},
    {"global_clipnorm": 1.0},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.1},
]
_SCHEDULED = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}),
    ("PiecewiseConstantDecay", {"boundaries": [1, 4], "values": [0.1, 0.05, 0.01]}),
]
_EACH = ("SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion")

# (class, arguments, what else: "schedule", "excluded" names, "constraint")
RUNS = [
    *((name, arguments, {}) for name, arguments in _RULES),
    *((name, {"learning_rate": 0.05, **options}, {}) for name in ("SGD", "Adam", "Nadam") for options in _OPTIONS),
    *((name, {"learning_rate": 0.05, "weight_decay": 0.3, "clipvalue": 0.5}, {}) for name in _EACH[2:]),
    *((name, {"learning_rate": 0.05, "gradient_accumulation_steps": 2}, {}) for name in _EACH[2:] if name != "Nadam"),
    *(("Adam", {}, {"schedule": schedule}) for schedule in _SCHEDULED),
    ("SGD", {"gradient_accumulation_steps": 2, "momentum": 0.5}, {"schedule": _SCHEDULED[0]}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.4}, {"excluded": ["bias"]}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.4}, {"excluded": ["ker", "none"]}),
    ("SGD", {"learning_rate": 0.2}, {"constraint": ("MaxNorm", {"max_value": 0.9})}),
    ("SGD", {"learning_rate": 0.2, "use_ema": True, "ema_momentum": 0.5}, {"constraint": ("NonNeg", {})}),
]

SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [10, 33], "values": [1.0, 0.5, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [5], "values": [1.0, 2.0]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "end_learning_rate": 0.01, "power": 0.5}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 13, "power": 2.0, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.2}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 20, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 7},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 8}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0, "m_mul": 0.8}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.5, "alpha": 0.1}),
]
SCHEDULE_STEPS = (0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 20, 23, 27, 30, 33, 34, 50, 77, 1000)


def weights_and_gradients(run) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """Numbers that depend on nothing but the run: the weights at first, the gradients of each step."""
    rng = np.random.default_rng(zlib.crc32(repr(run).encode()))
    weights = [rng.normal(size=shape) for shape in SHAPES]
    return weights, [[rng.normal(scale=0.1 + step % 3, size=shape) for shape in SHAPES] for step in range(STEPS)]
