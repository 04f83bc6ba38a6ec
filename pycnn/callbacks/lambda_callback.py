"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycnn.callbacks.callback import HOOKS, Callback
from pycnn.utils import arguments


class LambdaCallback(Callback):
    """Call functions at the hooks of their names.

    Args:
        functions: hook names and functions with that hook's arguments, e.g. ``on_epoch_end=lambda epoch, logs: ...``.

    Raises:
        TypeError: there is no such hook, or a value is not callable.

    >>> from pycnn.callbacks import LambdaCallback
    >>> LambdaCallback(on_train_begin=lambda logs: print("go")).on_train_begin(None)
    go
    """

    def __init__(self, **functions: Callable[..., Any] | None) -> None:
        hooks = (*HOOKS, "on_batch_begin", "on_batch_end")
        for name, function in functions.items():
            if name not in hooks:
                near = arguments.did_you_mean(name, hooks)
                raise TypeError(f"[LambdaCallback] there is no such hook; got {name}={function!r}{near}")
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"[LambdaCallback] {name} must be callable; got {name}={function!r}")
            setattr(self, name, function)
