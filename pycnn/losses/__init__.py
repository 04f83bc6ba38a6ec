"""Losses with Keras's names: classes, and functions that give the losses of rows.

The common ones run inside the C++ step (`Loss.core`); the others give the step a value and a gradient, in NumPy.
"""

from __future__ import annotations

from typing import Any

from pycnn.losses.circle_loss import Circle
from pycnn.losses.crossentropy import BinaryCrossentropy, CategoricalCrossentropy
from pycnn.losses.divergence import KLDivergence, Poisson
from pycnn.losses.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from pycnn.losses.functions import (
    OF_CLASS,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle,
    cosine_similarity,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from pycnn.losses.hinge_losses import CategoricalHinge, Hinge, SquaredHinge
from pycnn.losses.loss import FunctionLoss, Loss
from pycnn.losses.overlap import Dice, Tversky
from pycnn.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from pycnn.losses.sparse_crossentropy import CategoricalGeneralizedCrossEntropy, SparseCategoricalCrossentropy
from pycnn.utils import registry

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

_SHORT = {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
}
_NAMES = {
    **{cls.__name__: cls for cls in OF_CLASS},
    **{function.__name__: cls for cls, function in OF_CLASS.items()},
    **_SHORT,
    **{name.upper(): cls for name, cls in _SHORT.items()},
}
_CLASSES = {function: cls for cls, function in OF_CLASS.items()}


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
        known = _CLASSES.get(identifier)
        return FunctionLoss(identifier) if known is None else known()
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
