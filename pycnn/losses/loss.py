"""Base of the losses: what a loss of your own overrides, and how a batch's loss and its gradient come of it.

A loss gives one value per row, `call`; `gradient` takes factors of these values back to the predictions. Weights, masks
and reductions are linear, so `value_and_gradient` needs nothing else. A training step calls it unless `core` names
a loss that the C++ core computes inside the step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pycnn.losses import reduction as reductions
from pycnn.ops import arrays
from pycnn.utils.arguments import choice, error
from pycnn.utils.naming import auto_name, snake_case

Pullback = Callable[[np.ndarray], np.ndarray]


class Loss:
    """Base of the losses. One of your own overrides `call` and `gradient`.

    Args:
        name: by default the class name in snake case.
        reduction: "sum_over_batch_size" or "mean" (the mean over all losses; weights do not change the divisor),
            "mean_with_sample_weight" (divided by the sum of the weights), "sum", "none" or None (all losses).
        dtype: "float32" or "float64", what is computed in; by default that of the predictions.

    Raises:
        ValueError: an unknown reduction or dtype.

    >>> import numpy as np
    >>> from pycnn.losses import Loss
    >>> class Squares(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return np.sum((y_pred - y_true) ** 2, axis=-1)
    ...     def gradient(self, y_true, y_pred, dlosses):
    ...         return 2 * (y_pred - y_true) * dlosses[..., np.newaxis]
    >>> loss = Squares()
    >>> loss([[0.0, 0.0]], [[1.0, 2.0]])
    5.0
    >>> loss.value_and_gradient([[0.0, 0.0]], [[1.0, 2.0]])[1].tolist()
    [[2.0, 4.0]]
    """

    sparse = False  # whether targets are class numbers

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: str | None = None
    ) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.reduction = reductions.checked(type(self).__name__, reduction)
        self.dtype = None if dtype is None else choice(type(self).__name__, "dtype", dtype, ("float32", "float64"))

    @property
    def core(self) -> dict[str, Any] | None:
        """``{"loss": name, "from_logits": bool}`` when the C++ core computes exactly this loss, else None."""
        return None

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return one loss per row: the shape of `y_pred` without its last axis."""
        raise NotImplementedError(f"[{type(self).__name__}] a loss must override call")

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, dlosses: np.ndarray) -> np.ndarray:
        """Return the gradient of ``sum(call(y_true, y_pred) * dlosses)`` to `y_pred`."""
        raise NotImplementedError(f"[{type(self).__name__}] a loss must override gradient to be trained with")

    def mask(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray | None:
        """Return which of the losses count, or None for all."""
        return None

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        """Return `call`, and `gradient` as a function of `dlosses`: in one go where they share work."""
        return self.call(y_true, y_pred), lambda dlosses: self.gradient(y_true, y_pred, dlosses)

    def operands(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return both as arrays of the dtype computed in."""
        (y_pred,) = arrays.floating(self.name, y_pred=y_pred)
        if self.dtype is not None:
            y_pred = arrays.contiguous(y_pred, np.dtype(self.dtype))
        return self.targets(y_true, y_pred.dtype), y_pred

    def targets(self, y_true: Any, dtype: np.dtype) -> np.ndarray:
        """Return targets as `call` takes them."""
        return arrays.contiguous(arrays.rows(self.name, "y_true", y_true), dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of predictions `y_pred` for targets `y_true`.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: weights of the losses: of their shape, or of its first axes (one a sample).

        Returns:
            A float; an array where the reduction leaves one.

        Raises:
            ValueError: shapes that do not fit.
            TypeError: arrays without real numbers.
        """
        y_true, y_pred = self.operands(y_true, y_pred)
        losses = np.asarray(self.call(y_true, y_pred))
        value, _ = reductions.reduce(self.name, losses, sample_weight, self.mask(y_true, y_pred), self.reduction)
        return float(value) if value.ndim == 0 else value

    def value_and_gradient(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[float, np.ndarray]:
        """Return what calling the loss returns and its gradient to `y_pred`.

        Raises:
            ValueError: as calling the loss, or a reduction that leaves more than one number.
        """
        y_true, y_pred = self.operands(y_true, y_pred)
        losses, pullback = self.forward(y_true, y_pred)
        losses = np.asarray(losses)
        value, factor = reductions.reduce(self.name, losses, sample_weight, self.mask(y_true, y_pred), self.reduction)
        if value.ndim:
            raise error(self.name, "reduction must give one number to be trained with", "reduction", self.reduction)
        dlosses = np.broadcast_to(np.asarray(factor, losses.dtype), losses.shape)
        return float(value), pullback(dlosses)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON-able values."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make one from what `get_config` returned."""
        return cls(**config)


class FunctionLoss(Loss):
    """A function of (y_true, y_pred) that returns losses and their gradient as a loss.

    Args:
        function: returns (losses, gradient): one loss per row, each depending on that row only, and the gradient
            of their sum to `y_pred`.
        name: by default the function's.
        reduction, dtype: as `Loss`.

    Raises:
        TypeError: `function` cannot be called.

    >>> from pycnn.losses import FunctionLoss
    >>> def squares(y_true, y_pred):
    ...     return ((y_pred - y_true) ** 2).sum(axis=-1), 2 * (y_pred - y_true)
    >>> FunctionLoss(squares)([[0.0, 0.0]], [[1.0, 2.0]])
    5.0
    """

    def __init__(
        self,
        function: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"[FunctionLoss] function must be a function; got function={function!r}")
        super().__init__(name or getattr(function, "__name__", None), reduction, dtype)
        self.function = self.wrapped_function = function

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return self.forward(y_true, y_pred)[0]

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, dlosses: np.ndarray) -> np.ndarray:
        return self.forward(y_true, y_pred)[1](dlosses)

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        result = self.function(y_true, y_pred)
        if not isinstance(result, tuple) or len(result) != 2:
            raise error(self.name, "the function must return (losses, gradient)", "result", result)
        losses, gradient = (np.asarray(part, y_pred.dtype) for part in result)
        if gradient.shape != y_pred.shape or losses.shape != y_pred.shape[: losses.ndim]:
            rule = f"losses must be one per row and the gradient of the predictions' shape {y_pred.shape}"
            raise error(self.name, rule, "shapes", (losses.shape, gradient.shape))

        def pullback(dlosses: np.ndarray) -> np.ndarray:
            return gradient * dlosses.reshape(*losses.shape, *(1,) * (y_pred.ndim - losses.ndim))

        return losses, pullback

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "function": getattr(self.function, "__name__", repr(self.function))}


class BuiltinLoss(Loss):
    """What pycnn's own losses share: targets that fit, and `forward`, from which the rest follows.

    A subclass gives `pulled` for operands of one shape; a target may miss the predictions' last axis of size 1.
    """

    core_name: str | None = None
    default_name: str | None = None  # where it is not the class name in snake case

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: str | None = None
    ) -> None:
        super().__init__(name or self.default_name or snake_case(type(self).__name__), reduction, dtype)

    @property
    def core(self) -> dict[str, Any] | None:
        if self.core_name is None or self.dtype or self.reduction not in ("sum_over_batch_size", "mean"):
            return None
        return {"loss": self.core_name, "from_logits": getattr(self, "from_logits", False)}

    def pulled(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        """Return the losses, and the function from `dlosses` to the gradient to `y_pred`."""
        raise NotImplementedError

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Pullback]:
        shape = y_pred.shape
        y_true, y_pred = self.fitting(y_true, y_pred)
        with np.errstate(all="ignore"):  # what is not finite is for the caller to see in the loss
            losses, pullback = self.pulled(y_true, y_pred)

        def reshaped(dlosses: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return pullback(dlosses).astype(y_pred.dtype, copy=False).reshape(shape)

        return losses, reshaped

    def fitting(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return operands of one shape."""
        fitted = reductions.same_rank(y_true, y_pred)
        if fitted[0].shape != fitted[1].shape or fitted[1].ndim == 0 or fitted[1].shape[-1] == 0:
            rule = f"y_true must have the shape of y_pred, {y_pred.shape}"
            raise error(self.name, rule, "y_true.shape", y_true.shape)
        return fitted

    def call(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return self.forward(y_true, y_pred)[0]

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, dlosses: np.ndarray) -> np.ndarray:
        return self.forward(y_true, y_pred)[1](dlosses)

    def rows(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """Return the losses of array-likes: the functions with Keras's lower-case names."""
        return self.call(*self.operands(y_true, y_pred))
