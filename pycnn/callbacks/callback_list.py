"""The callbacks of one run, called together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pycnn.callbacks.callback import BATCH_ALIASES, HOOKS, Callback, Logs
from pycnn.callbacks.history import History
from pycnn.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Several callbacks as one; `fit` makes one of its `callbacks`, and so can a training loop of your own.

    It has the hooks of `Callback`; each calls those of the callbacks in their order. Values of `logs` arrive as Python
    numbers, names in alphabetical order. A hook that nobody overrides costs nothing.

    Args:
        callbacks: a callback, or a list of callbacks, `CallbackList` objects and lists.
        add_history: append a `History` when there is none; it becomes `model.history`.
        add_progbar: append a `ProgbarLogger` when there is none.
        model: passed to every callback.
        params: passed to every callback: verbose, epochs, steps.

    Raises:
        TypeError: an entry is not a `Callback`.

    >>> from pycnn.callbacks import CallbackList
    >>> hooks = CallbackList(add_history=True)
    >>> hooks.on_train_begin()
    >>> for epoch in range(2):
    ...     hooks.on_epoch_end(epoch, {"loss": 1 / (epoch + 1)})
    >>> hooks.callbacks[0].history
    {'loss': [1.0, 0.5]}
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks = list(_flat(callbacks))
        for wanted, kind in ((add_history, History), (add_progbar, ProgbarLogger)):
            if wanted and not any(isinstance(callback, kind) for callback in self.callbacks):
                self.callbacks.append(kind())
        self._record = next((one for one in self.callbacks if isinstance(one, History)), None)
        self._hooks = {hook: self._overriding(hook) for hook in HOOKS}
        self.set_model(model)
        self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Add a callback at the end."""
        for one in _flat(callback):
            self.callbacks.append(one)
            if self.model is not None:
                one.set_model(self.model)
                one.siblings = self.callbacks
            if self.params:
                one.set_params(self.params)
        self._hooks = {hook: self._overriding(hook) for hook in HOOKS}

    def set_model(self, model: Any) -> None:
        """Tell every callback the model; None changes nothing."""
        if model is None:
            return
        super().set_model(model)
        if self._record is not None:
            model.history = self._record
        for callback in self.callbacks:
            callback.set_model(model)
            callback.siblings = self.callbacks

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell every callback the parameters; an empty dictionary changes nothing."""
        super().set_params(params)
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def listens(self, hook: str) -> bool:
        """Whether any callback overrides this hook."""
        return bool(self._hooks[hook])

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of every callback that overrides it, with the arguments as they are."""
        for method in self._hooks[hook]:
            method(*arguments)

    def _overriding(self, hook: str) -> list[Callable[..., None]]:
        names = {hook, BATCH_ALIASES.get(hook, hook)}
        return [
            getattr(callback, hook) for callback in self.callbacks if any(_overrides(callback, name) for name in names)
        ]


def _forwarding(hook: str) -> Callable[..., None]:
    """Return the method of `CallbackList` that calls a hook of all callbacks."""

    def of_batch(self: CallbackList, batch: int, logs: Logs | None = None) -> None:
        self.call(hook, batch, _plain_values(logs))

    def of_epoch(self: CallbackList, epoch: int, logs: Logs | None = None) -> None:
        self.call(hook, epoch, _plain_values(logs))

    def of_run(self: CallbackList, logs: Logs | None = None) -> None:
        self.call(hook, _plain_values(logs))

    method = of_batch if "batch" in hook else of_epoch if "epoch" in hook else of_run
    method.__doc__ = f"Call `{hook}` of every callback."
    return method


for _hook in HOOKS:
    setattr(CallbackList, _hook, _forwarding(_hook))
for _hook, _alias in BATCH_ALIASES.items():
    setattr(CallbackList, _alias, _forwarding(_hook))


def _plain_values(logs: Logs | None) -> Logs:
    """Return logs with numbers of NumPy as Python's and inner dictionaries merged in, in alphabetical order."""
    plain: Logs = {}
    for name, value in sorted((logs or {}).items()):
        if type(value) is float:  # what the logs of `fit` hold
            plain[name] = value
        elif isinstance(value, dict):
            plain.update(_plain_values(value))
        else:
            plain[name] = float(value) if np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiub" else value
    return plain


def _flat(callbacks: Any) -> Iterator[Callback]:
    if isinstance(callbacks, CallbackList):
        callbacks = callbacks.callbacks
    if isinstance(callbacks, Callback):
        yield callbacks
    elif isinstance(callbacks, (list, tuple)):
        for one in callbacks:
            yield from _flat(one)
    elif callbacks is not None:
        raise TypeError(f"[CallbackList] callbacks must be Callback objects; got {callbacks!r}")


def _overrides(callback: Callback, hook: str) -> bool:
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)
