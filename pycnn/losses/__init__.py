"""Losses with Keras's names: classes, and functions that give the losses of rows.

The common ones run inside the C++ step (`Loss.core`); the others give the step a value and a gradient, in NumPy.
"""

from __future__ import annotations

from typing import Any

from pycnn.losses.loss import FunctionLoss, Loss
from pycnn.utils import lazy, registry
from pycnn.utils.naming import snake_case

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.losses.circle_loss": ["Circle"],
        "pycnn.losses.crossentropy": ["BinaryCrossentropy", "CategoricalCrossentropy"],
        "pycnn.losses.divergence": ["KLDivergence", "Poisson"],
        "pycnn.losses.focal": ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"],
        "pycnn.losses.functions": [
            "binary_crossentropy",
            "binary_focal_crossentropy",
            "categorical_crossentropy",
            "categorical_focal_crossentropy",
            "categorical_generalized_cross_entropy",
            "categorical_hinge",
            "circle",
            "cosine_similarity",
            "dice",
            "hinge",
            "huber",
            "kl_divergence",
            "log_cosh",
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "mean_squared_error",
            "mean_squared_logarithmic_error",
            "poisson",
            "sparse_categorical_crossentropy",
            "squared_hinge",
            "tversky",
        ],
        "pycnn.losses.hinge_losses": ["CategoricalHinge", "Hinge", "SquaredHinge"],
        "pycnn.losses.overlap": ["Dice", "Tversky"],
        "pycnn.losses.regression": [
            "CosineSimilarity",
            "Huber",
            "LogCosh",
            "MeanAbsoluteError",
            "MeanAbsolutePercentageError",
            "MeanSquaredError",
            "MeanSquaredLogarithmicError",
        ],
        "pycnn.losses.sparse_crossentropy": ["CategoricalGeneralizedCrossEntropy", "SparseCategoricalCrossentropy"],
    },
    own=["FunctionLoss", "Loss", "deserialize", "get", "serialize"],
)

_CLASSES = [name for name in __all__ if name[0].isupper() and name not in ("FunctionLoss", "Loss")]
_FUNCTIONS = lazy.Lookup(__name__, {snake_case(name): snake_case(name) for name in _CLASSES})
_NAMES = registry.names(__name__, _CLASSES)


def get(identifier: Any) -> Loss:
    """Return a loss.

    Args:
        identifier: a loss, its class, one of the functions of this module, a name ("mse", "mean_squared_error",
            "MeanSquaredError"), a configuration ``{"class_name": ..., "config": ...}``, or a function of your own
            of (y_true, y_pred) that returns (losses, gradient), see `FunctionLoss`.

    Raises:
        ValueError: the name is unknown; near matches are listed.
        TypeError: `identifier` is none of these.

    >>> from pycnn import losses
    >>> losses.get("mse").name
    'mean_squared_error'
    """
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and not isinstance(identifier, (type, Loss)):
        name = getattr(identifier, "__name__", None)
        return _NAMES[name]() if identifier is _FUNCTIONS.get(name) else FunctionLoss(identifier)
    return registry.get("loss", identifier, Loss, _NAMES)


def serialize(loss: Loss) -> dict[str, Any]:
    """Return the description of a loss from which `deserialize` makes it again.

    Raises:
        ValueError: it cannot be described.
    """
    from pycnn.saving.serialization import serialize_keras_object

    return serialize_keras_object(loss)


def deserialize(config: dict[str, Any], custom_objects: dict[str, type] | None = None) -> Loss:
    """Return the loss that `serialize` described.

    Raises:
        ValueError: `config` has another form or names no loss.
    """
    from pycnn.saving.serialization import deserialize_keras_object

    return deserialize_keras_object(config, custom_objects, module_objects=_NAMES, kind=Loss)
