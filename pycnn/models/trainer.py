"""Training, evaluation and prediction: Keras's `fit`, `evaluate`, `predict` and their batch forms.

The loop is in Python, a step is one C++ call where the core knows the losses (see `pycnn.models.steps`). Order of
samples, dropout and augmentation are functions of (seed, pass, sample); passes over the data are counted through the
life of the model, so a second `fit` goes on where the first ended.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pycnn.callbacks import CallbackList, History
from pycnn.callbacks.progbar_logger import verbosity
from pycnn.models import batching
from pycnn.models.compiled import Compiled
from pycnn.models.own_step import OwnStep
from pycnn.models.prediction import Prediction
from pycnn.models.sources import ArraySource, Batch, IterableSource, checked_parts, is_arrays, unpacked
from pycnn.utils import arguments, byte_sizes

if TYPE_CHECKING:
    from pycnn.models.micro_batches import MicroBatches
    from pycnn.saving.training_file import Position


class Trainer(Prediction, OwnStep, Compiled):
    """Mixed into `Model`, which provides the network, the shapes and the weights."""

    stop_training = False
    history: History | None = None
    resume: Position | None = None  # where `fit` is to go on; a callback sets it in `on_train_begin`
    micro_batches: MicroBatches | None = None  # while `fit` has a limit of memory

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
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        max_memory: int | str | None = None,
        micro_batch_statistics: bool = False,
    ) -> History:
        """Train.

        Args:
            x: samples, batch axis first (float32, float64 and integers are used as they are), of several inputs a
                list or a dictionary; or a `PyDataset`, generator or iterable of (x, y) or (x, y, sample_weight).
            y: targets, as the loss wants them; of several outputs a list or a dictionary.
            batch_size: samples per step; None means 32.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 progress bar, 2 one line an epoch, "auto" 1 in terminals and notebooks, else 2.
            callbacks: callback or list of callbacks.
            validation_split: fraction of the samples, taken from the end before shuffling, to validate on.
            validation_data: (x, y), (x, y, sample_weight) or batches to validate on; overrides `validation_split`.
            shuffle: whether to draw a new order for every epoch.
            class_weight: dictionary from class numbers to the weights of their samples.
            sample_weight: weights of the samples, or of places in their outputs.
            initial_epoch: number of the first epoch, for the logs.
            steps_per_epoch: batches in an epoch; by default all.
            validation_steps: batches of each validation; by default all.
            validation_batch_size: by default `batch_size`.
            validation_freq: validate every so many epochs, or a list of the epochs (from 1) after which to.
            max_memory: what training may need, in bytes or as text such as "512MB": weights, gradients, optimizer and
                batch, without the data. Batches that need more are trained on in parts whose gradients are added, which
                changes results by rounding only.
            micro_batch_statistics: whether batch normalisation may take each part's statistics for the batch's then.

        Returns:
            The `History` with losses and metrics (means over the epoch's batches) per epoch.

        Raises:
            ValueError: arguments out of range or shapes that do not fit; `max_memory` below what one sample needs, or
                below what a batch needs that has to be whole.
            TypeError: arrays without real numbers.
        """
        self._check_compiled("fit")
        batch_size = batching.batch_size_or_default("fit", batch_size)
        validation_size = batch_size if validation_batch_size is None else validation_batch_size
        validation_size = arguments.integer("fit", "validation_batch_size", validation_size)
        epochs = arguments.integer("fit", "epochs", epochs, 0)
        initial_epoch = arguments.integer("fit", "initial_epoch", initial_epoch, 0)
        epochs_to_validate = _validation_epochs(validation_freq)
        steps = None if steps_per_epoch is None else arguments.integer("fit", "steps_per_epoch", steps_per_epoch)
        passes = max(epochs - initial_epoch, 0)
        micro_batches = self._limited(max_memory, micro_batch_statistics)
        validation = None
        if is_arrays(x):
            parts = self._parts("fit", x, y, sample_weight, class_weight)
            if validation_data is None and validation_split:
                parts, kept = batching.split("fit", parts, validation_split)
                validation = ArraySource(tuple(kept), validation_size)
            source: Any = ArraySource(tuple(parts), batch_size, bool(shuffle))
            if micro_batches is not None:  # to refuse now what cannot be trained
                micro_batches.part_size(min(batch_size, source.samples))
        else:
            _refuse_with_batches("fit", y=y, sample_weight=sample_weight, validation_split=validation_split or None)
            source = IterableSource("fit", x, self, bool(shuffle), steps, passes, class_weight)
        if validation_data is not None:
            wanted = sum(epochs_to_validate(epoch + 1) for epoch in range(initial_epoch, epochs))
            validation = self._source("fit", validation_data, validation_size, validation_steps, wanted)
        if micro_batches is not None and isinstance(validation, ArraySource):
            validation.set_batch_size(micro_batches.inference_size(validation.batch_size))
        expected = steps or source.steps
        hooks = self._callbacks(callbacks, verbosity("fit", verbose), epochs, expected)
        self.history = next(one for one in hooks.callbacks if isinstance(one, History))

        self.stop_training = False
        self.micro_batches = micro_batches
        logs: dict[str, Any] = {}
        try:
            hooks.on_train_begin()
            resume, self.resume = self.resume, None
            if resume is not None:
                resume.tell(hooks.callbacks)
                initial_epoch = epochs if resume.stopped else resume.epoch
            for epoch in range(initial_epoch, epochs):
                hooks.on_epoch_begin(epoch)
                logs = self._train_pass(source, steps, hooks, resume)
                resume = None
                if validation is not None and epochs_to_validate(epoch + 1):
                    measured = self._test_pass(validation, validation_steps, hooks)
                    if not measured:
                        warnings.warn(f"[fit] validation_data must last; got none for epoch {epoch + 1}", stacklevel=2)
                    logs.update((f"val_{name}", value) for name, value in measured.items())
                hooks.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
        finally:
            self.micro_batches = None
            source.close()
            if validation is not None:
                validation.close()
        self.steps.update.finalize_variable_values()
        hooks.on_train_end(logs)
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics, in inference mode.

        Args:
            x, y, batch_size, verbose, sample_weight, callbacks: as `fit`.
            steps: batches to take; by default all.
            return_dict: return a dictionary by name instead of a list.

        Returns:
            A number when there are no metrics, else a list in the order of `metrics_names`, or a dictionary.
        """
        self._check_compiled("evaluate")
        steps = None if steps is None else arguments.integer("evaluate", "steps", steps)
        batch_size = batching.batch_size_or_default("evaluate", batch_size)
        if is_arrays(x):
            source: Any = ArraySource(self._parts("evaluate", x, y, sample_weight), batch_size)
        else:
            _refuse_with_batches("evaluate", y=y, sample_weight=sample_weight)
            source = IterableSource("evaluate", x, self, steps=steps)
        hooks = self._callbacks(callbacks, verbosity("evaluate", verbose), 1, steps or source.steps)
        try:
            logs = self._test_pass(source, steps, hooks)
        finally:
            source.close()
        if not logs:
            raise ValueError("[evaluate] the data must hold at least one batch; got none")
        return self._returned(logs, return_dict)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Take one training step on a batch and return its loss and metrics, as `evaluate` does.

        They are measured before the update.
        """
        self._check_compiled("train_on_batch")
        parts = self._parts("train_on_batch", x, y, sample_weight, class_weight)
        self.training_network()
        self.reset_metrics()
        logs = self._train_batch(Batch(*parts, np.arange(len(parts[0][0]))))
        self.passes += 1
        return self._returned(logs, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return loss and metrics of a batch, as `evaluate` does."""
        self._check_compiled("test_on_batch")
        parts = self._parts("test_on_batch", x, y, sample_weight)
        self.training_network()
        self.reset_metrics()
        return self._returned(self._test_batch(Batch(*parts, np.arange(len(parts[0][0])))), return_dict)

    def _limited(self, max_memory: Any, micro_batch_statistics: Any) -> MicroBatches | None:
        own_statistics = arguments.flag("fit", "micro_batch_statistics", micro_batch_statistics)
        if max_memory is None:
            return None
        from pycnn.models.micro_batches import MicroBatches

        return MicroBatches(self, byte_sizes.parsed("fit", "max_memory", max_memory), own_statistics)

    # The passes over the data

    def _train_pass(
        self, source: Any, steps: int | None, hooks: CallbackList, resume: Position | None = None
    ) -> dict[str, Any]:
        begins, ends = hooks.listens("on_train_batch_begin"), hooks.listens("on_train_batch_end")
        self.training_network()
        self.reset_metrics()
        logs: dict[str, Any] = {}
        batches = source.batches(self.seed, self.passes)
        done = self._go_on(batches, resume) if resume is not None and resume.batches else 0
        while steps is None or done < steps:
            batch = next(batches, None)
            if batch is None:
                break
            if begins:
                hooks.call("on_train_batch_begin", done, {})
            step_logs = self._train_batch(batch, wants_logs=ends)
            if ends:
                hooks.on_train_batch_end(done, step_logs)
            logs = step_logs or logs
            done += 1
            if self.stop_training:
                break
        if not done and not self.history.epoch:
            raise ValueError("[fit] the data must hold at least one batch; got none")
        if done < (steps or 1) and not self.stop_training:
            lasting = "all epochs" if steps is None else f"steps_per_epoch={steps}"
            warnings.warn(f"[fit] the data must last for {lasting}; got {done} batches", stacklevel=3)
            self.stop_training = True
        source.end_pass()
        self.passes += 1
        if not done:
            return {}
        return logs if self.has_own_train_step else self.objectives.logs()

    def _go_on(self, batches: Any, resume: Position) -> int:
        """Leave out the batches of a pass that were done before an interruption; return their number."""
        for _ in range(resume.batches):
            next(batches, None)
        self.objectives.set_state(resume.measured)
        if not self.optimizer.follows_schedule:  # which callbacks may have set for the whole epoch
            self.optimizer.learning_rate = resume.learning_rate
        return resume.batches

    def _test_pass(self, source: Any, steps: int | None, hooks: CallbackList) -> dict[str, Any]:
        begins, ends = hooks.listens("on_test_batch_begin"), hooks.listens("on_test_batch_end")
        self.training_network()
        self.reset_metrics()
        logs: dict[str, Any] = {}
        hooks.on_test_begin()
        batch = None
        for done, batch in enumerate(itertools.islice(source.batches(self.seed, 0), steps)):
            if begins:
                hooks.call("on_test_batch_begin", done, {})
            logs = self._test_batch(batch, wants_logs=ends) or logs
            if ends:
                hooks.on_test_batch_end(done, logs)
        source.end_pass()
        if batch is not None and not self.has_own_test_step:
            logs = self.objectives.logs()
        hooks.on_test_end(logs)
        return logs

    # Arguments

    def _parts(self, operation: str, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Any:
        """Samples, targets and weights of arrays; there must be a sample."""
        parts = checked_parts(operation, self, x, y, sample_weight, class_weight)
        if not len(parts[0][0]):
            raise arguments.error(operation, "x must hold at least one sample", "x.shape", parts[0][0].shape)
        return parts

    def _source(self, operation: str, data: Any, batch_size: int, steps: Any, passes: int) -> Any:
        """Validation data as a source."""
        if steps is not None:
            steps = arguments.integer(operation, "validation_steps", steps)
        if isinstance(data, list) and 2 <= len(data) <= 3:
            data = tuple(data)
        if isinstance(data, tuple):
            if not 2 <= len(data) <= 3:
                rule = "validation_data must be (x, y) or (x, y, sample_weight)"
                raise ValueError(f"[{operation}] {rule}; got {len(data)} entries")
            return ArraySource(self._parts(operation, *unpacked(operation, data)), batch_size)
        if is_arrays(data):
            rule = "validation_data must be (x, y), (x, y, sample_weight) or batches of them"
            raise arguments.error(operation, rule, "validation_data", data)
        return IterableSource(operation, data, self, steps=steps, passes=passes)

    def _check_compiled(self, operation: str) -> None:
        if self.optimizer is None or (self.loss is None and not self.has_own_train_step):
            raise arguments.error(operation, "the model must be compiled with a loss", "loss", self.loss)

    def _returned(self, logs: dict[str, Any], return_dict: bool) -> Any:
        if return_dict:
            return logs
        names = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in (names or sorted(logs))]
        return values if len(values) > 1 else values[0]


def _validation_epochs(validation_freq: Any) -> Callable[[int], bool]:
    """Whether an epoch, counted from 1, ends with a validation."""
    if isinstance(validation_freq, (list, tuple, set, range)):
        return lambda epoch: epoch in validation_freq
    every = arguments.integer("fit", "validation_freq", validation_freq)
    return lambda epoch: epoch % every == 0


def _refuse_with_batches(operation: str, **given: Any) -> None:
    """Refuse arguments that come with the batches of an iterable."""
    for name, value in given.items():
        if value is not None:
            raise arguments.error(operation, f"{name} must come with the batches of x, not beside them", name, value)
