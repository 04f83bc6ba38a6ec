"""Prediction: Keras's `predict`, on arrays and on batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.callbacks import CallbackList
from pycnn.callbacks.progbar_logger import ProgbarLogger, verbosity
from pycnn.models import batching
from pycnn.models.sources import IterableSource, is_arrays, unpacked
from pycnn.utils import arguments


class Prediction:
    """Mixed into the models, which provide the network and the shapes."""

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the outputs for samples, in inference mode; may be called from several threads at once.

        A sample's output does not depend on the others in its batch, not even in the last bit.

        Args:
            x, batch_size, callbacks: as `fit`.
            verbose: as `fit`, but "auto" shows nothing outside terminals, nor for a single batch.
            steps: batches to take; by default all.

        Raises:
            ValueError, TypeError: as `fit`.
        """
        steps = None if steps is None else arguments.integer("predict", "steps", steps)
        if not is_arrays(x):
            return self._predict_batches(x, verbose, steps, callbacks)
        samples = self.checked_inputs("predict", x)
        batch_size = batching.batch_size_or_default("predict", batch_size)
        if steps is not None:
            samples = [array[: steps * batch_size] for array in samples]
        count = len(samples[0])
        if verbose == "auto":
            verbose = 1 if count > batch_size and verbosity("predict", verbose) == 1 else 0
        network = self.ready_network()
        if callbacks is None and not verbosity("predict", verbose):
            return self.packed_outputs(network.predict(samples, batch_size))
        starts = range(0, count, batch_size)
        batches = ([array[start : start + batch_size] for array in samples] for start in starts)
        hooks = self._callbacks(callbacks, verbosity("predict", verbose), 1, len(starts))
        return self._predict_pass(batches, hooks, empty=samples)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch, in inference mode."""
        samples = self.checked_inputs("predict_on_batch", x)
        return self.packed_outputs(self.ready_network().predict(samples, max(len(samples[0]), 1)))

    def _predict_batches(self, data: Any, verbose: Any, steps: int | None, callbacks: Any) -> Any:
        source = _Samples(data, steps, self)
        hooks = self._callbacks(callbacks, verbosity("predict", verbose), 1, source.steps)
        try:
            return self._predict_pass(source, hooks, empty=None)
        finally:
            source.close()

    def _predict_pass(self, batches: Any, hooks: CallbackList, empty: Any) -> Any:
        network = self.ready_network()
        hooks.on_predict_begin()
        parts = []
        for number, samples in enumerate(batches):
            hooks.call("on_predict_batch_begin", number, {})
            outputs = network.predict(samples, max(len(samples[0]), 1))
            parts.append(outputs if isinstance(outputs, list) else [outputs])
            hooks.call("on_predict_batch_end", number, {"outputs": self.packed_outputs(outputs)})
        hooks.on_predict_end()
        if not parts:
            if empty is None:
                raise ValueError("[predict] the data must hold at least one batch; got none")
            return self.packed_outputs(network.predict(empty, 1))
        joined = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return joined[0] if network.single_output else self.packed_outputs(joined)

    def _callbacks(self, callbacks: Any, level: int, epochs: int, steps: int | None) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        hooks = CallbackList(callbacks, model=self, verbose=level, epochs=epochs, steps=steps, add_history=True)
        if level and not any(isinstance(one, ProgbarLogger) for one in hooks.callbacks):
            hooks.append(ProgbarLogger())
        return hooks


class _Samples(IterableSource):
    """Batches of which only the samples matter."""

    def __init__(self, data: Any, steps: int | None, model: Any) -> None:
        super().__init__("predict", data, model, steps=steps)

    def _batch(self, item: Any) -> Any:
        return self._model.checked_inputs("predict", unpacked("predict", item)[0])

    def __iter__(self) -> Any:
        return self.batches(0, 0)
