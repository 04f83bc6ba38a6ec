"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.callbacks.callback import BATCH_ALIASES, HOOKS, Callback
from pycnn.utils import arguments

Function = Callable[..., Any] | None


class LambdaCallback(Callback):
    """Call functions at the hooks of their names.

    Args:
        on_epoch_begin, on_epoch_end: functions of the epoch and the logs.
        on_train_begin, on_train_end: functions of the logs.
        on_train_batch_begin, on_train_batch_end: functions of the batch and the logs.
        functions: any other hook of `Callback` by its name.

    Raises:
        TypeError: there is no such hook, or a value is not callable.

    >>> from pycnn.callbacks import LambdaCallback
    >>> LambdaCallback(on_train_begin=lambda logs: print("go")).on_train_begin(None)
    go
    """

    def __init__(
        self,
        on_epoch_begin: Function = None,
        on_epoch_end: Function = None,
        on_train_begin: Function = None,
        on_train_end: Function = None,
        on_train_batch_begin: Function = None,
        on_train_batch_end: Function = None,
        **functions: Function,
    ) -> None:
        functions.update(
            on_epoch_begin=on_epoch_begin,
            on_epoch_end=on_epoch_end,
            on_train_begin=on_train_begin,
            on_train_end=on_train_end,
            on_train_batch_begin=on_train_batch_begin,
            on_train_batch_end=on_train_batch_end,
        )
        hooks = (*HOOKS, *BATCH_ALIASES.values())
        for name, function in functions.items():
            if name not in hooks:
                near = arguments.did_you_mean(name, hooks)
                raise TypeError(f"[LambdaCallback] there is no such hook; got {name}={function!r}{near}")
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"[LambdaCallback] {name} must be callable; got {name}={function!r}")
            setattr(self, name, function)
