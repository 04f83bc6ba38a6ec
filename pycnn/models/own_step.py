"""Training steps of one's own: `train_step` and `test_step`, and the parts that an override is made of.

The defaults do what `fit` does anyway, part by part; `fit` calls them only when they are overridden.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.models.sources import Batch, checked_parts, unpacked
from pycnn.utils import tree


class OwnStep:
    """Mixed into the models; a subclass may override `train_step` and `test_step`.

    >>> import numpy as np
    >>> from pycnn import Input, Model, layers
    >>> class Clipped(Model):
    ...     def train_step(self, data):
    ...         x, y = data
    ...         y_pred = self.begin_step(x)
    ...         loss, dy = self.loss_and_gradient(y, y_pred)
    ...         self.backward(np.clip(dy, -0.1, 0.1))
    ...         self.apply_gradients()
    ...         return {"loss": loss}
    >>> x = Input((2,))
    >>> model = Clipped(x, layers.Dense(1)(x))
    >>> model.compile("sgd", "mse")
    >>> list(model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0).history)
    ['loss']
    """

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch.

        Args:
            data: x, (x, y) or (x, y, sample_weight), as arrays of the batch.

        Returns:
            What the logs are to show, by name.
        """
        x, y, sample_weight = unpacked("train_step", data)
        y_pred = self.begin_step(x)
        loss, dy = self.loss_and_gradient(y, y_pred, sample_weight)
        self.backward(dy)
        self.apply_gradients()
        return self.compute_metrics(y, y_pred, loss, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Measure one batch; arguments and result as `train_step`."""
        x, y, sample_weight = unpacked("test_step", data)
        y_pred = self.predict_on_batch(x)
        loss, _ = self.loss_and_gradient(y, y_pred, sample_weight)
        return self.compute_metrics(y, y_pred, loss, sample_weight)

    # Parts of a step

    def begin_step(self, x: Any) -> Any:
        """Run forward as in training; return the outputs."""
        samples = self.checked_inputs("begin_step", x)
        network = self.training_network()
        return self.packed_outputs(network.begin_step(samples, np.arange(len(samples[0])), self.passes))

    def loss_and_gradient(self, y: Any, y_pred: Any, sample_weight: Any = None) -> tuple[float, Any]:
        """Return the loss that the model was compiled with, and its gradient to the outputs, in their structure."""
        outputs, targets, weights = self._measured("loss_and_gradient", y, y_pred, sample_weight)
        loss, _, gradients = self.objectives.losses_and_gradients(targets, outputs, weights)
        return loss + self.steps.penalty(), tree.pack(self.output_structure, gradients)

    def backward(self, dy: Any) -> None:
        """Compute the gradients of the weights from those of the outputs, for the step begun last."""
        dtype = np.dtype(self.dtype)
        gradients = [None if each is None else np.ascontiguousarray(each, dtype) for each in tree.flatten(dy)]
        self.steps.backward(gradients)

    def apply_gradients(self) -> None:
        """Let the optimizer update the weights."""
        self.steps.apply_gradients()

    def compute_metrics(self, y: Any, y_pred: Any, loss: float, sample_weight: Any = None) -> dict[str, Any]:
        """Add a batch to the running values of loss and metrics and return them by name."""
        outputs, targets, weights = self._measured("compute_metrics", y, y_pred, sample_weight)
        _, losses = self.objectives.loss_values(targets, outputs, weights)
        self.objectives.add_losses(loss, losses, len(outputs[0]))
        self.objectives.measure(targets, outputs, weights, with_core=True)
        return self.objectives.logs()

    def _measured(self, operation: str, y: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        outputs = [np.ascontiguousarray(output, self.dtype) for output in tree.flatten(y_pred)]
        samples = [np.zeros((len(outputs[0]), *tensor.shape[1:]), self.dtype) for tensor in self.inputs]
        _, targets, weights = checked_parts(operation, self, samples, y, sample_weight)
        return outputs, targets, weights

    # What `fit` calls

    @property
    def has_own_train_step(self) -> bool:
        """Whether `train_step` is overridden."""
        return type(self).train_step is not OwnStep.train_step

    @property
    def has_own_test_step(self) -> bool:
        """Whether `test_step` is overridden."""
        return type(self).test_step is not OwnStep.test_step

    def _train_batch(self, batch: Batch, wants_logs: bool = True) -> dict[str, Any]:
        self.training_network()  # with the learning rate of this step
        if self.has_own_train_step:
            return dict(self.train_step(self._data_of(batch)))
        (self.micro_batches or self.steps).train(batch, self.passes)
        return self.objectives.logs() if wants_logs else {}

    def _test_batch(self, batch: Batch, wants_logs: bool = True) -> dict[str, Any]:
        if self.has_own_test_step:
            return dict(self.test_step(self._data_of(batch)))
        self.steps.test(batch)
        return self.objectives.logs() if wants_logs else {}

    def _data_of(self, batch: Batch) -> tuple[Any, ...]:
        y, weights = batch.gathered_targets()
        x = tree.pack(self.input_structure, batch.gathered_samples())
        data = (x, tree.pack(self.output_structure, y))
        given = any(weight is not None for weight in weights)
        return (*data, tree.pack(self.output_structure, weights)) if given else data
