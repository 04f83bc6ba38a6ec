"""pycnn: convolutional neural networks on ordinary CPUs, with Keras's names.

>>> import pycnn
>>> model = pycnn.Sequential([pycnn.Input((28, 28, 1)), pycnn.layers.Flatten(), pycnn.layers.Dense(10)])
>>> model.count_params()
7850
"""

from __future__ import annotations

try:
    from pycnn import _core
except ImportError as problem:
    rule = "the compiled module pycnn._core must be there: install the package, and start Python outside its source"
    raise ImportError(f"[pycnn] {rule}; got {problem}") from problem

from pycnn.utils import lazy

__version__: str = _core.build_info()["version"]

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.dtype_policies": ["DTypePolicy", "FloatDTypePolicy"],
        "pycnn.initializers": ["Initializer"],
        "pycnn.layers": ["Input", "Layer", "Variable"],
        "pycnn.layers.symbolic": ["KerasTensor"],
        "pycnn.losses": ["Loss"],
        "pycnn.metrics": ["Metric"],
        "pycnn.models": ["Model", "Sequential"],
        "pycnn.optimizers": ["Optimizer"],
        "pycnn.regularizers": ["Regularizer"],
    },
    modules=[
        "activations",
        "applications",
        "backend",
        "callbacks",
        "config",
        "constraints",
        "datasets",
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
        "saving",
        "utils",
        "verify",
        "visualization",
        "wrappers",
    ],
    own=["__version__", "version"],
)


def version() -> str:
    """Return the version of pycnn."""
    return __version__
