"""What a training step does around the core's update rule: Keras's order, on the network's flat buffers.

Gradients of the regularizers, accumulation over batches, clipping, the update in C++ (weight decay and rule), moving
averages, constraints. Where nothing of that is asked for, `Update.needed` is False and the core takes the whole step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.layers.variable import Variable
from pycnn.optimizers.optimizer import Optimizer
from pycnn.utils.arguments import error

_BLOCK = 1 << 16  # numbers that stay in the cache between two passes over them


class Update:
    """The updates of one compiled network.

    Args:
        optimizer: its hyperparameters and, in `steps`, the number of batches so far.
        network: a `_core.Network`, compiled with ``optimizer.description()``.
        variables: the weights, with the regularizers and constraints they have now, as in ``network.parameters()``.
        frozen: which of them training leaves alone, as ``network.set_frozen`` takes it; by default none.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        network: Any,
        variables: Sequence[Variable],
        frozen: Sequence[bool] | None = None,
    ) -> None:
        self.optimizer, self.network = optimizer, network
        parameters = network.parameters()
        frozen = [False] * len(parameters) if frozen is None else frozen
        gradients = network.parameter_gradients()
        self._trained = [
            (i, variable, view, gradient)
            for i, (variable, (_, _, view, _), gradient, left) in enumerate(
                zip(variables, parameters, gradients, frozen, strict=True)
            )
            if gradient is not None and not left
        ]
        self._regularized = [
            (variable.regularizer, view, gradient)
            for _, variable, view, gradient in self._trained
            if variable.regularizer is not None
        ]
        self._constrained = [
            (variable.constraint, view) for _, variable, view, _ in self._trained if variable.constraint is not None
        ]
        self._values, self._gradients = network.flat_parameters(), network.flat_gradients()
        self._stretches = _stretches(self._values, [view for _, _, view, _ in self._trained])
        self._averages = np.zeros_like(self._values) if optimizer.use_ema else None
        self._sums = np.zeros_like(self._values) if optimizer.gradient_accumulation_steps else None
        self._summed = 0  # batches in the sums
        self.swapped = False  # whether the averages are in the place of the weights and the weights in theirs
        network.set_decays([optimizer.decays(variable) for variable in variables])

    @property
    def nbytes(self) -> int:
        """Of the moving averages and sums of gradients, which lie beside the optimizer's slots."""
        return sum(flat.nbytes for flat in (self._averages, self._sums) if flat is not None)

    @property
    def needed(self) -> bool:
        """Whether a step is more than ``network.update()``."""
        optimizer = self.optimizer
        clips = (optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)
        kept = self._averages is not None or self._sums is not None
        return kept or any((*clips, self._regularized, self._constrained))

    def penalty(self) -> float:
        """Return the sum of the regularizers of all trained weights: what training adds to the loss."""
        return sum(regularizer(view) for regularizer, view, _ in self._regularized)

    def step(self) -> None:
        """Take a step with the gradients of a batch, which the network holds."""
        optimizer, network = self.optimizer, self.network
        iteration = network.iteration
        optimizer.steps = self._steps()
        for regularizer, view, gradient in self._regularized:
            gradient += regularizer.gradient(view)
        if self._accumulated():
            self._clip()
            network.set_learning_rate(optimizer.learning_rate)
            network.update()
        if self._averages is not None:
            self._follow(iteration)
        for constraint, view in self._constrained:
            view[...] = constraint(view)
        network.touch()
        optimizer.steps = self._steps()

    def finalize_variable_values(self) -> None:
        """Put the moving averages in the place of the weights, where the optimizer keeps any; for the end of `fit`."""
        if self._averages is not None and self._steps():
            source, target = (self._values, self._averages) if self.swapped else (self._averages, self._values)
            for stretch in self._stretches:
                target[stretch] = source[stretch]
            self.swapped = False
            self.network.touch()

    def swap_averages(self) -> None:
        """Exchange the weights and their moving averages; nothing before the first step.

        Raises:
            ValueError: the optimizer keeps no averages.
        """
        if self._averages is None:
            raise error("swap_averages", "the optimizer must have use_ema=True", "optimizer", self.optimizer.name)
        if self._steps():
            for block in self._blocks():
                kept = self._values[block].copy()
                self._values[block] = self._averages[block]
                self._averages[block] = kept
            self.swapped = not self.swapped
            self.network.touch()

    # The state besides the optimizer's slots in the network

    def slots(self) -> Iterator[tuple[int, str, np.ndarray]]:
        """The moving averages, then the sums of gradients: (number of the parameter, Keras's name, view)."""
        for name, flat in (("average", self._averages), ("gradient_accumulator", self._sums)):
            if flat is not None:
                for i, _, view, _ in self._trained:
                    offset = _offset(view, self._values)
                    yield i, name, flat[offset : offset + view.size].reshape(view.shape)

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of all that a step depends on besides weights and slots, by "<parameter>/<name>"."""
        return {**{f"{i}/{name}": view.copy() for i, name, view in self.slots()}, **self._scalars()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Put back what `state` returned; the network's iteration and slots are to be put back by the caller.

        Raises:
            ValueError: the names or shapes are not those of this model and optimizer; nothing has changed then.
        """
        views = {f"{i}/{name}": view for i, name, view in self.slots()}
        names = views.keys() | self._scalars().keys()
        if state.keys() != names:
            raise error("set_state", "state must have these names", "missing or unknown", sorted(state.keys() ^ names))
        for name, view in views.items():
            if np.shape(state[name]) != view.shape:
                rule = f"state[{name!r}] must have shape {view.shape}"
                raise error("set_state", rule, "shape", np.shape(state[name]))
        summed = int(state.get("accumulated_batches", 0))
        if not 0 <= summed < (self.optimizer.gradient_accumulation_steps or 1):
            rule = "accumulated_batches must be below gradient_accumulation_steps"
            raise error("set_state", rule, "accumulated_batches", summed)
        for name, view in views.items():
            view[...] = state[name]
        self._summed, self.swapped = summed, bool(state.get("swapped", False))
        self.optimizer.steps = self._steps()

    def _scalars(self) -> dict[str, np.ndarray]:
        state = {}
        if self._averages is not None:
            state["swapped"] = np.asarray(self.swapped, np.int64)
        if self._sums is not None:
            state["accumulated_batches"] = np.asarray(self._summed, np.int64)
        return state

    def _steps(self) -> int:
        return self.network.iteration * (self.optimizer.gradient_accumulation_steps or 1) + self._summed

    def _accumulated(self) -> bool:
        """Add the batch to the sums; or, when it is the last one, make its gradients the mean of all."""
        if self._sums is None:
            return True
        batches = self.optimizer.gradient_accumulation_steps
        if self._summed + 1 < batches:
            for stretch in self._stretches:
                self._sums[stretch] += self._gradients[stretch]
            self._summed += 1
            return False
        for stretch in self._stretches:
            self._gradients[stretch] += self._sums[stretch]
            self._gradients[stretch] /= batches
            self._sums[stretch] = 0
        self._summed = 0
        return True

    def _clip(self) -> None:
        optimizer = self.optimizer
        if optimizer.clipnorm:
            for _, _, _, gradient in self._trained:
                _shorten([gradient.reshape(-1)], optimizer.clipnorm)
        elif optimizer.global_clipnorm:
            _shorten([self._gradients[stretch] for stretch in self._stretches], optimizer.global_clipnorm)
        elif optimizer.clipvalue:
            for stretch in self._stretches:
                part = self._gradients[stretch]
                np.clip(part, -optimizer.clipvalue, optimizer.clipvalue, out=part)

    def _follow(self, iteration: int) -> None:
        """Move the averages; the first step makes them the weights."""
        kept = self._values.dtype.type(self.optimizer.ema_momentum if iteration else 0.0)
        new = 1 - kept
        frequency = self.optimizer.ema_overwrite_frequency
        overwrites = frequency is not None and (iteration + 1) % frequency == 0
        for block in self._blocks():
            average = self._averages[block]
            average *= kept
            average += new * self._values[block]
            if overwrites:
                self._values[block] = average

    def _blocks(self) -> Iterator[slice]:
        for stretch in self._stretches:
            for start in range(stretch.start, stretch.stop, _BLOCK):
                yield slice(start, min(start + _BLOCK, stretch.stop))


def _offset(view: np.ndarray, flat: np.ndarray) -> int:
    """Where in a flat buffer a view of it begins."""
    return (view.__array_interface__["data"][0] - flat.__array_interface__["data"][0]) // flat.itemsize


def _stretches(flat: np.ndarray, views: Sequence[np.ndarray]) -> list[slice]:
    """The parts of a flat buffer that views of it cover; those with only padding between them are one."""
    parts: list[slice] = []
    for start, size in sorted((_offset(view, flat), view.size) for view in views):
        padded = min(start + -(-size // 16) * 16, flat.size)
        if parts and parts[-1].stop == start:
            parts[-1] = slice(parts[-1].start, padded)
        else:
            parts.append(slice(start, padded))
    return parts


def _shorten(parts: Sequence[np.ndarray], longest: float) -> None:
    """Scale numbers so that their Euclidean length is at most `longest`; NaN if it is not finite."""
    length = math.sqrt(sum(float(np.einsum("i,i->", part, part, dtype=np.float64)) for part in parts))
    if not math.isfinite(length):
        length = math.nan
    if not length <= longest:
        for part in parts:
            part *= part.dtype.type(longest / length)
