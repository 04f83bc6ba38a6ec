"""Files for TensorBoard, written by the package tensorboardX."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from pycnn.callbacks.callback import Callback, Logs
from pycnn.utils import arguments


class TensorBoard(Callback):
    """Write losses, metrics and the learning rate, and if wanted the weights, for `tensorboard --logdir LOG_DIR`.

    Args:
        log_dir: folder; training goes to its "train", validation and evaluation to its "validation".
        histogram_freq: write histograms of the weights every so many epochs; 0 for never.
        write_graph: without effect.
        write_images: with the histograms, write weights as images where they have the shape of one.
        write_steps_per_second: also write the speed.
        update_freq: "epoch", "batch" or a number of batches: how often the running means are written beside those of
            the epochs.
        profile_batch: must be 0.
        embeddings_freq, embeddings_metadata: must be 0 and None.

    Raises:
        ImportError: tensorboardX is not installed; the message names the extra that brings it.
        ValueError: an argument out of range.

    >>> from pycnn.callbacks import TensorBoard
    >>> board = TensorBoard("logs/first", update_freq=100)
    """

    def __init__(
        self,
        log_dir: str | os.PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        unused = {
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
            "embeddings_metadata": embeddings_metadata,
        }
        arguments.refuse("TensorBoard", unused, {**dict.fromkeys(unused, 0), "embeddings_metadata": None})
        if isinstance(update_freq, str):
            update_freq = arguments.choice("TensorBoard", "update_freq", update_freq, ("epoch", "batch"))
            update_freq = 1 if update_freq == "batch" else update_freq
        else:
            update_freq = arguments.integer("TensorBoard", "update_freq", update_freq)
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = arguments.integer("TensorBoard", "histogram_freq", histogram_freq, 0)
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = update_freq
        self._new_writer = _writer_class()
        self._writers: dict[str, Any] = {}
        self._steps = 0
        self._in_fit = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._steps, self._in_fit = 0, True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch_began, self._steps_before = time.perf_counter(), self._steps

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._steps += 1
        if self.update_freq == "epoch" or self._steps % self.update_freq:
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            values["batch_steps_per_second"] = 1.0 / max(time.perf_counter() - self._batch_began, 1e-9)
        self._write("train", values, self._steps)

    def on_test_end(self, logs: Logs | None = None) -> None:
        iterations = int(self.model.optimizer.iterations)
        values = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
        self._write("validation", values, iterations)
        if not self._in_fit:
            self._close()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        trained = {name: value for name, value in (logs or {}).items() if not name.startswith("val_")}
        trained["learning_rate"] = self.model.optimizer.learning_rate
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._epoch_began, 1e-9)
            trained["steps_per_second"] = (self._steps - self._steps_before) / seconds
        validated = {name[4:]: value for name, value in (logs or {}).items() if name.startswith("val_")}
        for folder, values in (("train", trained), ("validation", validated)):
            if values:
                self._write(folder, {f"epoch_{name}": value for name, value in values.items()}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._in_fit = False
        self._close()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _writer(self, folder: str) -> Any:
        if folder not in self._writers:
            self._writers[folder] = self._new_writer(os.path.join(self.log_dir, folder))
        return self._writers[folder]

    def _write(self, folder: str, values: dict[str, Any], step: int) -> None:
        for name, value in values.items():
            if np.ndim(value) == 0:
                self._writer(folder).add_scalar(name, value, step)

    def _write_weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                name = f"{layer.name}/{weight.name}"
                writer.add_histogram(f"{name}/histogram", weight.numpy(), epoch)
                image = _as_images(weight.numpy()) if self.write_images else None
                if image is not None:
                    writer.add_images(f"{name}/image", image, epoch, dataformats="NHWC")


def _as_images(weight: np.ndarray) -> np.ndarray | None:
    """Return a weight as grey images (N, H, W, 1), or colour ones; None where it has another shape than a picture.

    As in Keras: biases are one row, matrices lie down, of three axes the last counts the images.
    """
    weight = np.squeeze(weight)
    if weight.ndim == 1:
        weight = weight.reshape(1, -1, 1, 1)
    elif weight.ndim == 2:
        weight = (weight.T if weight.shape[0] > weight.shape[1] else weight)[None, :, :, None]
    elif weight.ndim == 3:
        weight = np.moveaxis(weight, -1, 0)[..., None]
    if weight.ndim != 4 or weight.shape[-1] not in (1, 3, 4):
        return None
    low, high = weight.min(), weight.max()
    return (weight - low) / (high - low) if high > low else np.zeros_like(weight)


def _writer_class() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as problem:
        rule = "[TensorBoard] tensorboardX must be installed: pip install 'pycnn[tensorboard]'"
        raise ImportError(f"{rule}; got {problem}") from problem
    return SummaryWriter
