"""Training, evaluation and prediction: Keras's `fit`, `evaluate`, `predict` and their batch forms.

The loop is in Python, a step is one C++ call: it gathers the rows of a batch by their numbers, so that `fit` copies
nothing. Order of samples, dropout and augmentation are functions of (seed, pass, sample); passes over the data are
counted through the life of the model, so a second `fit` goes on where the first ended.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn import _core
from pycnn.callbacks import CallbackList, History
from pycnn.callbacks.progbar_logger import verbosity
from pycnn.models import batching
from pycnn.models.compiled import Compiled
from pycnn.utils import arguments

# Keras arguments that must be unused.
_NOT_SUPPORTED = dict.fromkeys(("class_weight", "sample_weight", "steps", "steps_per_epoch", "validation_steps"), None)


class Trainer(Compiled):
    """Mixed into `Model`, which provides the network, the shapes and the weights."""

    stop_training = False
    history: History | None = None

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: None = None,
        sample_weight: None = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Train on arrays.

        Args:
            x: samples, batch axis first; float32, float64 and integers are used as they are.
            y: targets, as the loss wants them.
            batch_size: samples per step; None means 32.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 progress bar, 2 one line an epoch, "auto" 1 in terminals and notebooks, else 2.
            callbacks: callback or list of callbacks.
            validation_split: fraction of the samples, taken from the end before shuffling, to validate on.
            validation_data: (x, y) to validate on; overrides `validation_split`.
            shuffle: whether to draw a new order for every epoch.
            initial_epoch: number of the first epoch, for the logs.
            validation_batch_size: by default `batch_size`.
            validation_freq: validate every so many epochs.
            class_weight, sample_weight, steps_per_epoch, validation_steps: not supported, None.

        Returns:
            The `History` with losses and metrics (means over the epoch's batches) per epoch.

        Raises:
            ValueError: arguments out of range or shapes that do not fit.
            TypeError: arrays without real numbers.
        """
        unused = {
            "class_weight": class_weight,
            "sample_weight": sample_weight,
            "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps,
        }
        arguments.refuse("fit", unused, _NOT_SUPPORTED)
        x, y = self._data("fit", x, y)
        batch_size = batching.batch_size_or_default("fit", batch_size)
        validation_size = batch_size if validation_batch_size is None else validation_batch_size
        validation_size = arguments.integer("fit", "validation_batch_size", validation_size)
        validation_freq = arguments.integer("fit", "validation_freq", validation_freq)
        epochs = arguments.integer("fit", "epochs", epochs, 0)
        initial_epoch = arguments.integer("fit", "initial_epoch", initial_epoch, 0)
        validation = None
        if validation_data is not None:
            validation = self._data("fit", *_pair(validation_data))
        elif validation_split:
            (x, y), validation = batching.split("fit", x, y, validation_split)
        hooks = self._callbacks("fit", callbacks, verbose, epochs, len(x), batch_size)

        self.stop_training = False
        logs: dict[str, float] = {}
        hooks.call("on_train_begin", {})
        for epoch in range(initial_epoch, epochs):
            hooks.call("on_epoch_begin", epoch, {})
            logs = self._train_pass(x, y, batch_size, shuffle, hooks)
            if validation is not None and (epoch + 1) % validation_freq == 0:
                means = self._test_pass(*validation, validation_size, hooks)
                logs.update((f"val_{name}", value) for name, value in means.logs().items())
            hooks.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        hooks.call("on_train_end", logs)
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: None = None,
        steps: None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics on arrays, in inference mode.

        Args:
            x, y, batch_size, verbose, callbacks: as `fit`.
            sample_weight, steps: not supported, None.
            return_dict: return a dictionary by name instead of a list.

        Returns:
            A number when there are no metrics, else a list in the order of `metrics_names`, or a dictionary.
        """
        arguments.refuse("evaluate", {"sample_weight": sample_weight, "steps": steps}, _NOT_SUPPORTED)
        x, y = self._data("evaluate", x, y)
        batch_size = batching.batch_size_or_default("evaluate", batch_size)
        hooks = self._callbacks("evaluate", callbacks, verbose, 1, len(x), batch_size)
        return _returned(self._test_pass(x, y, batch_size, hooks), return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """Return the outputs for samples, in inference mode; may be called from several threads at once.

        A sample's output does not depend on the others in its batch, not even in the last bit.

        Args:
            x, batch_size, callbacks: as `fit`.
            verbose: as `fit`, but "auto" shows nothing outside terminals, nor for a single batch.
            steps: not supported, None.

        Raises:
            ValueError, TypeError: as `fit`.
        """
        arguments.refuse("predict", {"steps": steps}, _NOT_SUPPORTED)
        x = self.checked_inputs("predict", x)
        batch_size = batching.batch_size_or_default("predict", batch_size)
        if verbose == "auto":
            verbose = 1 if len(x) > batch_size and verbosity("predict", verbose) == 1 else 0
        network = self.ready_network()
        if callbacks is None and not verbosity("predict", verbose):
            return network.predict(x, batch_size)
        hooks = self._callbacks("predict", callbacks, verbose, 1, len(x), batch_size)
        hooks.call("on_predict_begin", {})
        outputs = []
        for batch, start in enumerate(range(0, len(x), batch_size)):
            hooks.call("on_predict_batch_begin", batch, {})
            outputs.append(network.predict(x[start : start + batch_size], batch_size))
            hooks.call("on_predict_batch_end", batch, {"outputs": outputs[-1]})
        hooks.call("on_predict_end", {})
        return np.concatenate(outputs) if outputs else network.predict(x, batch_size)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: None = None, class_weight: None = None, return_dict: bool = False
    ) -> Any:
        """Take one training step on a batch and return its loss and metrics, as `evaluate` does.

        They are measured before the update.
        """
        given = {"sample_weight": sample_weight, "class_weight": class_weight}
        arguments.refuse("train_on_batch", given, _NOT_SUPPORTED)
        x, y = self._data("train_on_batch", x, y)
        network = self.training_network()
        means = self._new_means()
        means.add(*self.train_step(network, x, y, np.arange(len(x))), len(x))
        self.passes += 1
        return _returned(means, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: None = None, return_dict: bool = False) -> Any:
        """Return loss and metrics of a batch, as `evaluate` does."""
        arguments.refuse("test_on_batch", {"sample_weight": sample_weight}, _NOT_SUPPORTED)
        x, y = self._data("test_on_batch", x, y)
        means = self._new_means()
        means.add(*self._test_step(x, y, np.arange(len(x))), len(x))
        return _returned(means, return_dict)

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Return the outputs for one batch, in inference mode."""
        x = self.checked_inputs("predict_on_batch", x)
        return self.ready_network().predict(x, max(len(x), 1))

    # The passes over the data

    def _train_pass(
        self, x: np.ndarray, y: np.ndarray, batch_size: int, shuffle: bool, hooks: CallbackList
    ) -> dict[str, float]:
        samples = len(x)
        order = _core.permutation(self.seed, self.passes, samples) if shuffle else np.arange(samples)
        begins, ends = hooks.listens("on_train_batch_begin"), hooks.listens("on_train_batch_end")
        means = self._new_means()
        for batch, start in enumerate(range(0, samples, batch_size)):
            if begins:
                hooks.call("on_train_batch_begin", batch, {})
            rows = order[start : start + batch_size]
            means.add(*self.train_step(self.training_network(), x, y, rows), len(rows))
            if ends:
                hooks.call("on_train_batch_end", batch, means.logs())
            if self.stop_training:
                break
        self.passes += 1
        return means.logs()

    def _test_pass(self, x: np.ndarray, y: np.ndarray, batch_size: int, hooks: CallbackList) -> batching.RunningMeans:
        samples = len(x)
        rows = np.arange(samples)
        begins, ends = hooks.listens("on_test_batch_begin"), hooks.listens("on_test_batch_end")
        means = self._new_means()
        hooks.call("on_test_begin", {})
        for batch, start in enumerate(range(0, samples, batch_size)):
            if begins:
                hooks.call("on_test_batch_begin", batch, {})
            indices = rows[start : start + batch_size]
            means.add(*self._test_step(x, y, indices), len(indices))
            if ends:
                hooks.call("on_test_batch_end", batch, means.logs())
        hooks.call("on_test_end", means.logs())
        return means

    def _test_step(self, x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> tuple[float, list[float]]:
        loss, _, metrics = self.training_network().test_step(x, y, rows)
        return loss, metrics

    def _new_means(self) -> batching.RunningMeans:
        self.training_network()
        return batching.RunningMeans(self._metric_names)

    def _data(self, operation: str, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        if self.loss is None:
            raise arguments.error(operation, "the model must be compiled with a loss", "loss", self.loss)
        x = self.checked_inputs(operation, x)
        if not len(x):
            raise arguments.error(operation, "x must hold at least one sample", "x.shape", x.shape)
        return x, batching.targets(operation, y, self.loss, self.output_shape, len(x), self.dtype)

    def _callbacks(
        self, operation: str, callbacks: Any, verbose: Any, epochs: int, samples: int, batch_size: int
    ) -> CallbackList:
        level = verbosity(operation, verbose)
        steps = -(-samples // batch_size)
        return CallbackList(callbacks, operation == "fit", bool(level), self, verbose=level, epochs=epochs, steps=steps)


def _pair(validation_data: Any) -> tuple[Any, Any]:
    data = arguments.sequence("fit", "validation_data", validation_data)
    if len(data) == 3 and data[2] is None:
        data = data[:2]
    if len(data) != 2:
        raise ValueError(f"[fit] validation_data must be (x, y); got {len(data)} entries")
    return data[0], data[1]


def _returned(means: batching.RunningMeans, return_dict: bool) -> Any:
    if return_dict:
        return means.logs()
    values = means.values()
    return values if len(values) > 1 else values[0]
