"""Progress of a run on standard output: one line an epoch (verbose=2), before it a bar that vanishes (verbose=1).

The bar is not left standing because it is as wide as the terminal, and cuts off the values that do not fit.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments

_REFRESH_SECONDS = 0.1


def verbosity(operation: str, verbose: Any) -> int:
    """Return 0, 1 or 2; "auto" is 1 in terminals and notebooks and 2 otherwise."""
    if isinstance(verbose, str) and verbose == "auto":
        interactive = "ipykernel" in sys.modules or (sys.stdout is not None and sys.stdout.isatty())
        return 1 if interactive else 2
    if verbose not in (0, 1, 2):
        raise arguments.error(operation, "verbose must be 'auto', 0, 1 or 2", "verbose", verbose)
    return int(verbose)


class Progress(Callback):
    """Show epochs, or the single pass of `evaluate` and `predict`; `params["verbose"]` chooses bar or line."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._in_fit = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begin(f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._advance(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._end(logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._in_fit = False

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._begin("Evaluate")

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._advance(logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._in_fit:
            self._end(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._begin("Predict")

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._advance(None)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._end(None)

    def _begin(self, title: str) -> None:
        self._title = title
        self._started = self._shown = time.perf_counter()
        self._bar = _new_bar(title, self.params["steps"]) if self.params["verbose"] == 1 else None

    def _advance(self, logs: Logs | None) -> None:
        if self._bar is None:
            return
        now = time.perf_counter()
        if logs and now - self._shown >= _REFRESH_SECONDS:
            self._bar.set_postfix(_rounded(logs), refresh=False)
            self._shown = now
        self._bar.update()

    def _end(self, logs: Logs | None) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        seconds = time.perf_counter() - self._started
        milliseconds = 1000 * seconds / max(self.params["steps"], 1)
        values = "".join(f" - {name}: {value}" for name, value in _rounded(logs or {}).items())
        print(f"{self._title} - {seconds:.1f}s - {milliseconds:.1f}ms/step{values}", flush=True)


def _new_bar(title: str, steps: int) -> Any:
    from tqdm import tqdm  # only runs that show a bar pay for it

    class Bar(tqdm):
        monitor_interval = 0  # tqdm's watcher thread is of no use for steps this short

    return Bar(total=steps, desc=title, unit="step", file=sys.stdout, dynamic_ncols=True, leave=False)


def _rounded(logs: Logs) -> dict[str, str]:
    """Four decimals, or four digits with an exponent where decimals would show too little."""
    return {name: format(value, ".4f" if abs(value) >= 1e-3 or not value else ".3e") for name, value in logs.items()}
