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
    backend,
    callbacks,
    config,
    constraints,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    utils,
)
from pycnn.dtype_policies import DTypePolicy, FloatDTypePolicy
from pycnn.initializers import Initializer
from pycnn.layers import Input, Layer, Variable
from pycnn.layers.symbolic import KerasTensor
from pycnn.losses import Loss
from pycnn.metrics import Metric
from pycnn.models import Model, Sequential
from pycnn.optimizers import Optimizer
from pycnn.regularizers import Regularizer

__version__: str = _core.build_info()["version"]

# Imported at first use: they need more than most programs do.
_LAZY = ("applications", "datasets", "saving", "verify", "visualization", "wrappers")

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Initializer",
    "Input",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "utils",
    "version",
    *_LAZY,
]


def version() -> str:
    """Return the version of pycnn."""
    return __version__


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"pycnn.{name}")
    raise AttributeError(f"module 'pycnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
