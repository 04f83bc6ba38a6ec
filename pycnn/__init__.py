"""pycnn: convolutional neural networks on ordinary CPUs, with Keras's names.

>>> import pycnn
>>> model = pycnn.Sequential([pycnn.Input((28, 28, 1)), pycnn.layers.Flatten(), pycnn.layers.Dense(10)])
>>> model.count_params()
7850
"""

from __future__ import annotations

import importlib
from typing import Any

try:
    from pycnn import _core
except ImportError as problem:
    rule = "the compiled module pycnn._core must be there: install the package, and start Python outside its source"
    raise ImportError(f"[pycnn] {rule}; got {problem}") from problem

from pycnn import (
    activations,
    callbacks,
    config,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    utils,
)
from pycnn.layers import Input, Layer
from pycnn.models import Model, Sequential

__version__: str = _core.build_info()["version"]

# Imported at first use: they need more than most programs do.
_LAZY = ("applications", "datasets", "saving", "verify", "visualization")

__all__ = [
    "Input",
    "Layer",
    "Model",
    "Sequential",
    "__version__",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "regularizers",
    "utils",
    *_LAZY,
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"pycnn.{name}")
    raise AttributeError(f"module 'pycnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
