"""Losses with Keras's names. In training they run in C++; called on arrays they use `pycnn.ops`.

All are means over every loss element (Keras's reduction "sum_over_batch_size").
"""

from __future__ import annotations

from typing import Any

from pycnn import ops
from pycnn.utils import arguments, registry
from pycnn.utils.naming import snake_case

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]

# Keras arguments of losses, each with the value that means "not used".
_UNUSED = {"axis": -1, "dtype": None, "ignore_class": None, "label_smoothing": 0.0, "reduction": "sum_over_batch_size"}


class Loss:
    """Base of the losses; `core_name` is the operation's name in `pycnn.ops` and in the core.

    Args:
        name: by default the operation's name.

    Raises:
        ValueError: an argument of Keras that pycnn does not have is used.
        TypeError: an argument is unknown.
    """

    from_logits = False
    sparse = False

    def __init__(self, name: str | None = None, **unused: Any) -> None:
        arguments.refuse(type(self).__name__, unused, _UNUSED)
        self.name = name or self.core_name

    @property
    def core_name(self) -> str:
        """The operation's name."""
        return snake_case(type(self).__name__)

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        """Return the mean loss of predictions `y_pred` for targets `y_true`."""
        return float(getattr(ops, self.core_name)(y_true, y_pred))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make one from what `get_config` returned."""
        return cls(**config)


class MeanSquaredError(Loss):
    """Mean of (y_pred - y_true) ** 2.

    >>> from pycnn.losses import MeanSquaredError
    >>> MeanSquaredError()([[0.0, 0.0]], [[1.0, 2.0]])
    2.5
    """


class MeanAbsoluteError(Loss):
    """Mean of |y_pred - y_true|.

    >>> from pycnn.losses import MeanAbsoluteError
    >>> MeanAbsoluteError()([[0.0, 0.0]], [[1.0, -2.0]])
    1.5
    """


class _Crossentropy(Loss):
    """What the cross-entropies share: probabilities or logits."""

    def __init__(self, from_logits: bool = False, name: str | None = None, **unused: Any) -> None:
        super().__init__(name, **unused)
        self.from_logits = bool(from_logits)

    def __call__(self, y_true: Any, y_pred: Any) -> float:
        return float(getattr(ops, self.core_name)(y_true, y_pred, self.from_logits))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "from_logits": self.from_logits}


class BinaryCrossentropy(_Crossentropy):
    """Mean of -(y * log(p) + (1 - y) * log(1 - p)).

    Args:
        from_logits: whether predictions are logits rather than probabilities.

    >>> from pycnn.losses import BinaryCrossentropy
    >>> round(BinaryCrossentropy()([[1.0]], [[0.5]]), 4)
    0.6931
    """


class CategoricalCrossentropy(_Crossentropy):
    """Mean of -sum(y * log(p)) for one-hot (or soft) targets.

    Args:
        from_logits: whether predictions are logits rather than probabilities.

    >>> from pycnn.losses import CategoricalCrossentropy
    >>> round(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]), 4)
    0.6931
    """


class SparseCategoricalCrossentropy(_Crossentropy):
    """Mean of -log(p[y]) for class numbers.

    Args:
        from_logits: whether predictions are logits rather than probabilities.

    >>> from pycnn.losses import SparseCategoricalCrossentropy
    >>> round(SparseCategoricalCrossentropy(from_logits=True)([1], [[0.0, 0.0]]), 4)
    0.6931
    """

    sparse = True


_CLASSES = (
    MeanSquaredError,
    MeanAbsoluteError,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
_NAMES = {
    **{cls.__name__: cls for cls in _CLASSES},
    **{snake_case(cls.__name__): cls for cls in _CLASSES},
    **dict.fromkeys(("mse", "MSE"), MeanSquaredError),
    **dict.fromkeys(("mae", "MAE"), MeanAbsoluteError),
    **dict.fromkeys(("bce", "BCE"), BinaryCrossentropy),
}


def get(identifier: Any) -> Loss:
    """Return a loss by name ("mse", "mean_squared_error", "MeanSquaredError"), by configuration, or as given.

    Raises:
        ValueError: the name is unknown.
        TypeError: `identifier` is none of these.

    >>> from pycnn import losses
    >>> losses.get("mse").name
    'mean_squared_error'
    """
    return registry.get("loss", identifier, Loss, _NAMES)
