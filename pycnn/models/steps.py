"""One batch: trained on, or measured. The core does as much of it in one call as it knows how to.

1. All losses known to the core, nothing to do between gradients and update: one call.
2. All losses known: gradients in the core, then what `optimizers.update.Update` does with them.
3. Otherwise: forward in the core, losses and their gradients here, backward in the core, then as 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pycnn.layers.node import frozen_parameters
from pycnn.models.objectives import Objectives
from pycnn.models.sources import Batch
from pycnn.optimizers.update import Update


class Steps:
    """The steps of a compiled model on its network."""

    def __init__(self, model: Any, network: Any, objectives: Objectives) -> None:
        self._network, self._optimizer = network, model.optimizer
        self._objectives = objectives
        self._activity = network.activity_penalties
        self.update = Update(model.optimizer, network, network.variables, frozen_parameters(network))
        self._edits = self.update.needed  # whether there is more to do with gradients than the update

    def train(self, batch: Batch, number: int) -> None:
        """Take one step; `number` is that of the pass over the data."""
        network, objectives = self._network, self._objectives
        if self.in_core(batch):
            wants = objectives.needs_outputs
            if self._edits:
                self._note(batch, *network.loss_gradients(batch.x, batch.y, batch.rows, number, wants))
                self.update.step()
            else:
                try:
                    result = network.train_step(batch.x, batch.y, batch.rows, number, wants)
                finally:  # an interruption during the step comes at its end
                    self._optimizer.steps = network.iteration
                self._note(batch, *result)
            return
        outputs = as_list(network.begin_step(batch.x, batch.rows, number))
        y, weights = batch.gathered_targets()
        loss, losses, gradients = objectives.losses_and_gradients(y, outputs, weights)
        objectives.add_losses(loss + self.penalty(), losses, len(batch.rows))
        self.backward(gradients)
        self.apply_gradients()
        objectives.measure(y, outputs, weights, with_core=True)

    def test(self, batch: Batch) -> None:
        """Measure a batch."""
        network, objectives = self._network, self._objectives
        if self.in_core(batch):
            self._note(batch, *network.test_step(batch.x, batch.y, batch.rows, objectives.needs_outputs))
            return
        samples = len(batch.rows)
        outputs = as_list(network.predict(batch.gathered_samples(), max(samples, 1)))
        y, weights = batch.gathered_targets()
        loss, losses = objectives.loss_values(y, outputs, weights)
        objectives.add_losses(loss + self.penalty(), losses, samples)
        objectives.measure(y, outputs, weights, with_core=True)

    def _note(self, batch: Batch, loss: float, losses: list[float], metrics: list[float], outputs: Any = None) -> None:
        """Add what the core found in a batch to the running values, and what other metrics make of the outputs."""
        self._objectives.add_losses(loss + self.penalty(), losses, len(batch.rows))
        self._objectives.add_core_metrics(metrics, len(batch.rows))
        if outputs is not None:
            y, weights = batch.gathered_targets()
            self._objectives.measure(y, outputs, weights, with_core=False)

    def backward(self, gradients: list[np.ndarray | None]) -> None:
        """Gradients of the weights from those of the outputs, for the step begun last."""
        self._network.backward(gradients if not self._network.single_output else gradients[0])

    def apply_gradients(self) -> None:
        """The update of the weights."""
        if self._edits:
            self.update.step()
        else:
            self._network.update()
            self._optimizer.steps = self._network.iteration

    def penalty(self) -> float:
        """What regularizers add to the loss of the batch just run forward."""
        return self.update.penalty() + self.activity_penalty()

    def activity_penalty(self) -> float:
        """The part of it that depends on the samples: their mean."""
        return sum(node.value for node in self._activity)

    def in_core(self, batch: Batch) -> bool:
        """Whether the core computes the losses of a batch."""
        return self._objectives.core is not None and all(weight is None for weight in batch.weights)


def as_list(outputs: Any) -> list[np.ndarray]:
    """Outputs as the network returns them, as a list also where there is one."""
    return outputs if isinstance(outputs, list) else [outputs]
