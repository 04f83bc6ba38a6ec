"""Losses and metrics of every epoch in a CSV file."""

from __future__ import annotations

import os
from typing import Any, TextIO

import numpy as np

from pycnn.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write a row for every epoch: its number, then the values of the logs in alphabetical order.

    The first epoch decides about the columns; when it has no "val_" value, there are columns for those of later epochs.
    A value that is missing is NA. Every row is on its way to the disk when the epoch ends.

    Args:
        filename: the file.
        separator: between the values.
        append: go on with a file that is there, instead of replacing it.

    Raises:
        OSError: the file cannot be written.

    >>> from pycnn.callbacks import CSVLogger
    >>> logger = CSVLogger("training.csv", separator=";")
    """

    def __init__(self, filename: str | os.PathLike, separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = bool(append)
        self._file: TextIO | None = None
        self._columns: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.on_train_end()  # of a run that an exception ended
        self._columns = None
        self._file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self._columns is None:
            columns = sorted(logs)
            if not any(name.startswith("val_") for name in columns):
                columns += [f"val_{name}" for name in columns]
            self._columns = columns
            if not self._file.tell():  # nothing to go on with
                self._row(["epoch", *columns])
        self._row([epoch, *(_cell(logs.get(name, "NA")) for name in self._columns)])

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _row(self, values: list[Any]) -> None:
        import csv  # only who writes such files pays for it

        csv.writer(self._file, delimiter=self.sep).writerow(values)
        self._file.flush()


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or np.ndim(value):
        return f'"[{", ".join(map(str, value))}]"'
    return value
