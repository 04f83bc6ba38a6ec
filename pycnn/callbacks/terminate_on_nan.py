"""Ending a training run whose loss is no number any more."""

from __future__ import annotations

import math

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import console


class TerminateOnNaN(Callback):
    """Stop at the first batch whose running loss is NaN or infinite.

    Args:
        raise_error: raise instead of stopping, so that no `on_train_end` is called.

    Raises:
        RuntimeError: during training, with `raise_error`.

    >>> from pycnn.callbacks import TerminateOnNaN
    >>> stop = TerminateOnNaN(raise_error=True)
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = bool(raise_error)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"[TerminateOnNaN] the loss must be finite; got loss={loss} at batch={batch}")
        console.print_message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
