"""Callbacks: objects that `fit`, `evaluate` and `predict` call at fixed moments, and the list that calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pycnn.utils import arguments

Logs = dict[str, float]

HOOKS = (
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_end",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_predict_begin",
    "on_predict_end",
    "on_predict_batch_begin",
    "on_predict_batch_end",
)


class Callback:
    """Base class: override the hooks you need.

    `self.model` is the model; `self.params` has "verbose", "epochs" and "steps". A hook may set
    ``self.model.stop_training = True``. `logs` holds the running means; what `on_epoch_end` adds to it is recorded in
    the `History`.

    >>> from pycnn.callbacks import Callback
    >>> class Announce(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print("epoch", epoch, "done")
    """

    model: Any = None
    params: dict[str, Any] = {}  # noqa: RUF012 - replaced as a whole by set_params

    def set_model(self, model: Any) -> None:
        """Called once before the first hook."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once before the first hook."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """`fit` begins."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """`fit` has ended; `logs` are the last epoch's."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch of `fit` begins."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch of `fit` has ended, validation included."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A training step begins."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A training step has ended."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """`evaluate`, or the validation in `fit`, begins."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """`evaluate`, or the validation in `fit`, has ended."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of evaluation begins."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of evaluation has ended."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """`predict` begins."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """`predict` has ended."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of prediction begins."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of prediction has ended; `logs` has its "outputs"."""


class CallbackList:
    """The callbacks of one call, in order; a hook that nobody overrides costs nothing.

    Args:
        operation: "fit", "evaluate" or "predict", for messages.
        callbacks: a callback, a sequence of them, or None.
        model: passed to every callback.
        params: "verbose", "epochs", "steps".
        more: callbacks that come after the user's.

    Raises:
        TypeError: an entry is not a `Callback`.
    """

    def __init__(
        self, operation: str, callbacks: Any, model: Any, params: dict[str, Any], more: Sequence[Callback] = ()
    ) -> None:
        if isinstance(callbacks, Callback):
            callbacks = [callbacks]
        given = [] if callbacks is None else arguments.sequence(operation, "callbacks", callbacks)
        for callback in given:
            if not isinstance(callback, Callback):
                raise TypeError(f"[{operation}] callbacks must be Callback objects; got {callback!r}")
        self.callbacks = [*given, *more]
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)
        self._hooks = {hook: self._overriding(hook) for hook in HOOKS}

    def listens(self, hook: str) -> bool:
        """Whether any callback overrides this hook."""
        return bool(self._hooks[hook])

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of every callback that overrides it."""
        for method in self._hooks[hook]:
            method(*arguments)

    def _overriding(self, hook: str) -> list[Callable[..., None]]:
        names = {hook, hook.replace("_train_batch_", "_batch_")}
        return [
            getattr(callback, hook) for callback in self.callbacks if any(_overrides(callback, name) for name in names)
        ]


def _overrides(callback: Callback, hook: str) -> bool:
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)
