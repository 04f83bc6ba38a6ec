"""A progress bar that looks like Keras's.

In terminals and notebooks it redraws one line, cut to the terminal's width; elsewhere only its last state is printed,
without colours or other control characters.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from pycnn.utils import arguments, console

_BOLD, _GREEN, _GREY, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class Progbar:
    """Show how far a loop is, how long it takes and the values of metrics.

    Args:
        target: number of the last step; None when it is not known.
        width: of the bar, in characters.
        verbose: 0 shows nothing, 1 a bar, 2 one line at the end.
        interval: seconds between two redrawings, at least.
        stateful_metrics: names of values to show as they are; all others are averaged over the steps.
        stateless_metrics: names of values to average; all others are shown as they are.
        unit_name: what a step is called.

    Raises:
        ValueError: an argument out of range, or both lists of names.

    >>> from pycnn.utils import Progbar
    >>> bar = Progbar(3, verbose=1)
    >>> for step in range(3):
    ...     bar.update(step + 1, [("loss", 0.5 - step / 10)])  # doctest: +ELLIPSIS
    3/3 ... 0s ...us/step - loss: 0.4000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            rule = "only one of stateful_metrics and stateless_metrics can be given"
            raise arguments.error("Progbar", rule, "stateful_metrics", stateful_metrics)
        self.target = None if target is None else arguments.integer("Progbar", "target", target, 0)
        self.width = arguments.integer("Progbar", "width", width, 0)
        if verbose not in (0, 1, 2):
            raise arguments.error("Progbar", "verbose must be 0, 1 or 2", "verbose", verbose)
        self.verbose = int(verbose)
        self.interval = arguments.number("Progbar", "interval", interval, 0.0)
        self.unit_name = unit_name
        self._as_they_are = None if stateful_metrics is None else set(stateful_metrics)
        self._averaged = None if stateless_metrics is None else set(stateless_metrics)
        self._averages = self._averaged is None or bool(self._averaged)
        self._values: dict[str, tuple[float, int]] = {}  # sum and count
        self._seen = 0
        self._start = time.perf_counter()
        self._after_first: float | None = None
        self._shown_at = -float("inf")
        self._shown_length = 0

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Note that step `current` is done.

        Args:
            current: number of steps done so far.
            values: names and values of this step.
            finalize: whether this is the last update; by default when `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        now = time.perf_counter()
        if current == 1 and self._after_first is None:
            self._after_first = now
        due = finalize or (self.verbose == 1 and now - self._shown_at >= self.interval)
        if due or self._averages:
            for name, value in values or ():
                self._note(name, value, max(current - self._seen, 1))
        self._seen = current
        if finalize:
            self._show_last(current, now)
        elif due:
            self._shown_at = now
            if console.redraws_lines():
                self._draw(current, now)

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Note that `n` more steps are done."""
        self.update(self._seen + n, values)

    def _note(self, name: str, value: Any, steps: int) -> None:
        if self._averaged is not None:
            averaged = name in self._averaged
        else:
            averaged = self._as_they_are is None or name not in self._as_they_are
        value = float(value) if np.ndim(value) == 0 else float(np.mean(value))
        total, count = self._values.get(name, (0.0, 0)) if averaged else (0.0, 0)
        steps = steps if averaged else 1
        self._values[name] = (total + value * steps, count + steps)

    def _show_last(self, current: int, now: float) -> None:
        clock = f"{now - self._start:.0f}s"
        if self.verbose == 2:
            shown = [self._count(current), clock, self._speed(current, now), *self._shown_values()]
            console.print_message(" - ".join(shown))
        elif self.verbose == 1:
            parts = self._parts(current, now, clock)
            if console.redraws_lines():
                self._redraw(parts, self._shown_values())
                console.close_line()
            else:
                console.print_message(_plain(parts, self._shown_values()))

    def _draw(self, current: int, now: float) -> None:
        """Redraw the line, with the time that is left, as far as it fits the terminal."""
        left = self._seconds_per_step(current, now) * (self.target - current) if self.target else now - self._start
        parts, values = self._parts(current, now, _duration(left)), self._shown_values()
        columns = _columns()
        while values and len(_plain(parts, values)) > columns:
            values.pop()
        if len(_plain(parts, values)) > columns:
            parts = parts[:1] + parts[-2:]  # without the bar
        self._redraw(parts, values)

    def _redraw(self, parts: list[tuple[str, str]], values: list[str]) -> None:
        length = len(_plain(parts, values))
        coloured = " - ".join([" ".join(coloured for _, coloured in parts), *values])
        console.redraw(coloured + " " * (self._shown_length - length))
        self._shown_length = length

    def _parts(self, current: int, now: float, clock: str) -> list[tuple[str, str]]:
        """What stands before the values: count, bar, clock, speed; each plain and coloured."""
        count, speed = self._count(current), self._speed(current, now)
        bar = [self._bar(current)] if self.target and self.width else []
        return [(count, f"{_BOLD}{count}{_PLAIN}"), *bar, (clock, f"{_BOLD}{clock}{_PLAIN}"), (speed, speed)]

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current:7d}/Unknown"
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _bar(self, current: int) -> tuple[str, str]:
        done = min(self.width * current // self.target, self.width)
        full, rest = ("━", " ") if console.can_show("━") else ("=", ".")
        coloured = f"{_GREEN}{full * done}{_PLAIN}" if done else ""
        if done < self.width:
            coloured += f"{_GREY}{(rest if rest == '.' else full) * (self.width - done)}{_PLAIN}"
        return full * done + rest * (self.width - done), coloured

    def _shown_values(self) -> list[str]:
        shown = []
        for name, (total, count) in self._values.items():
            mean = total / max(count, 1)
            shown.append(f"{name}: {mean:.4f}" if abs(mean) > 1e-3 else f"{name}: {mean:.4e}")
        return shown

    def _seconds_per_step(self, current: int, now: float) -> float:
        """The mean time of a step, without the first, which is rarely like the others."""
        if not current:
            return 0.0
        if self._after_first is not None and current > 1:
            return (now - self._after_first) / (current - 1)
        return (now - self._start) / current

    def _speed(self, current: int, now: float) -> str:
        seconds = self._seconds_per_step(current, now)
        if seconds >= 1 or seconds == 0:
            return f"{seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f"{seconds * 1e3:.0f}ms/{self.unit_name}"
        return f"{seconds * 1e6:.0f}us/{self.unit_name}"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    if seconds > 60:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole}s"


def _columns() -> float:
    if console.is_notebook():
        return float("inf")
    import shutil  # only bars that are drawn pay for it

    return shutil.get_terminal_size().columns - 1


def _plain(parts: list[tuple[str, str]], values: list[str]) -> str:
    return " - ".join([" ".join(plain for plain, _ in parts), *values])
