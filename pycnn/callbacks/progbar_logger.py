"""Progress of a run: Keras's bar (verbose=1), or its one line an epoch (verbose=2)."""

from __future__ import annotations

from typing import Any

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments, console
from pycnn.utils.progbar import Progbar


def verbosity(operation: str, verbose: Any) -> int:
    """Return 0, 1 or 2; "auto" is 1 in terminals and notebooks and 2 otherwise."""
    if isinstance(verbose, str) and verbose == "auto":
        return 1 if console.redraws_lines() else 2
    if verbose not in (0, 1, 2):
        raise arguments.error(operation, "verbose must be 'auto', 0, 1 or 2", "verbose", verbose)
    return int(verbose)


class ProgbarLogger(Callback):
    """Show the epochs of `fit`, or the single pass of `evaluate` and `predict`, by a `utils.Progbar`.

    `fit`, `evaluate` and `predict` add one of themselves when their `verbose` is not 0.

    >>> from pycnn.callbacks import ProgbarLogger
    >>> logger = ProgbarLogger()
    >>> logger.set_params({"verbose": 2, "epochs": 3, "steps": 8})
    """

    def __init__(self) -> None:
        self.verbose, self.epochs, self.target = 1, 1, None
        self.seen = 0
        self.progbar: Progbar | None = None
        self._in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose = verbosity("ProgbarLogger", params.get("verbose", "auto"))
        self.epochs, self.target = params.get("epochs", 1), params.get("steps")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._in_fit = True  # whose validation is silent

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._in_fit = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.verbose and self.epochs > 1:
            console.print_message(f"Epoch {epoch + 1}/{self.epochs}")
        self._begin()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._advance(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._end(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._advance(batch, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._end(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._advance(batch, None)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._end(None)

    def _begin(self) -> None:
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _advance(self, batch: int, logs: Logs | None) -> None:
        if self.progbar is None:
            self._begin()
        self.seen = batch + 1
        self.progbar.update(self.seen, (logs or {}).items(), finalize=False)

    def _end(self, logs: Logs | None) -> None:
        if self.progbar is None:
            return
        if self.target is None:  # how many there are is known now
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.seen, (logs or {}).items(), finalize=True)
        self.progbar = None
