"""Going on with an interrupted training."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pycnn.callbacks.callback import Logs
from pycnn.callbacks.saving_callback import SavingCallback
from pycnn.utils import arguments

FILE = "training.pycnn"


class BackupAndRestore(SavingCallback):
    """Keep the state of the training in a file; when the program runs again, `fit` goes on from there.

    The resumed training ends in the same bits as one that was never interrupted, at whatever moment the process died:
    weights, optimizer, counters, epoch and batch, the order of the samples, the stream of dropout and what other
    callbacks wait for are kept, and the file is always complete. List it last: what other callbacks change at the end
    of an epoch is then kept too. Data that come from a generator must begin, in the new process, where the training
    stopped.

    Args:
        backup_dir: folder for the file; made when needed. Not to be shared with another training.
        save_freq: "epoch", or a number of batches, counted on through the epochs.
        double_checkpoint: accepted; the file is replaced in one step, so that a second one is not needed.
        delete_checkpoint: whether the file is removed when the training has ended.

    Raises:
        ValueError: an argument out of range.
        ModelFileError: the file is damaged, or that of another model.
        OSError: it cannot be written or read.

    >>> from pycnn.callbacks import BackupAndRestore
    >>> BackupAndRestore("backup", save_freq=100).save_freq
    100
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__(save_freq)
        if not isinstance(backup_dir, (str, os.PathLike)) or not os.fspath(backup_dir):
            raise arguments.error("BackupAndRestore", "backup_dir must be a folder", "backup_dir", backup_dir)
        self.backup_dir = os.fspath(backup_dir)
        self.double_checkpoint = bool(double_checkpoint)
        self.delete_checkpoint = bool(delete_checkpoint)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.backup_dir) / FILE

    def on_train_begin(self, logs: Logs | None = None) -> None:
        from pycnn.saving import training_file

        Path(self.backup_dir).mkdir(parents=True, exist_ok=True)
        self._batches = 0
        if self.path.exists():
            self.model.resume = training_file.load_training(self.model, self.path)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint:
            self.path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other files are in the folder
                os.rmdir(self.backup_dir)

    def _save(self, epoch: int, batches: int | None, logs: Logs) -> None:
        from pycnn.saving import training_file

        position = (epoch + 1, 0) if batches is None else (epoch, batches)
        training_file.save_training(self.model, self.path, *position, self.siblings)
