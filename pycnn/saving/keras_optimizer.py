"""The state of an optimizer as Keras stores it: a list of arrays whose order says what they are.

    0   batches so far       1   learning rate (absent when it follows a schedule)
    2   moving averages and sums of gradients, where the optimizer keeps them, one kind after the other
        the optimizer's values per trained weight, in the order of the model's weights
        Nadam's product of momenta, which follows from the iteration

An optimizer of two values per weight (Adam's moments) stores them in turn for each weight; RMSprop, and the largest
velocities of AMSGrad, one kind for all weights after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.saving.weights import leaves

# Entries of the state that belong to what happens around the update rule, in Keras's order.
AROUND = ("average", "gradient_accumulator")
ACCUMULATED = "accumulated_batches"
# Slots that are not stored in turn with the others of their weight.
APART = {"RMSprop": None, "Adam": ("velocity_hat",)}


def variables(model: Any) -> list[np.ndarray]:
    """The state of a compiled model's optimizer in Keras's order."""
    state = model.optimizer_state()
    batches = int(state["iteration"]) * _batches_per_step(model) + int(state.get(ACCUMULATED, 0))
    arrays: list[np.ndarray] = [np.asarray(batches, np.int32)]
    if not model.optimizer.follows_schedule:
        arrays.append(np.asarray(state["learning_rate"], np.float32))
    arrays += [state[name] for name in _slots(model, state)]
    if hasattr(model.optimizer, "momentum_product"):
        arrays.append(np.asarray(model.optimizer.momentum_product(), np.float32))
    return arrays


def restore(model: Any, arrays: Sequence[np.ndarray], more: Mapping[str, Any]) -> bool:
    """Put a state back that `variables` returned, or Keras wrote.

    Args:
        model: the compiled model.
        arrays: the state.
        more: further entries of the state, which Keras does not have.

    Returns:
        Whether the number of arrays is that of this optimizer; nothing has changed otherwise.

    Raises:
        ValueError: an array has another shape.
    """
    state = dict(model.optimizer_state())
    rate = [] if model.optimizer.follows_schedule else ["learning_rate"]
    product = ["momentum_product"] if hasattr(model.optimizer, "momentum_product") else []
    names = ["iteration", *rate, *_slots(model, state), *product]
    if len(names) != len(arrays):
        return False
    given = dict(zip(names, arrays, strict=True))
    given.pop("momentum_product", None)
    given["iteration"], accumulated = divmod(int(given["iteration"]), _batches_per_step(model))
    if ACCUMULATED in state:
        given[ACCUMULATED] = accumulated
    if rate and np.float32(state["learning_rate"]) == given["learning_rate"]:
        del given["learning_rate"]  # the configuration has more digits
    model.set_optimizer_state({**state, **given, **more})
    return True


def _batches_per_step(model: Any) -> int:
    return model.optimizer.gradient_accumulation_steps or 1


def _slots(model: Any, state: Mapping[str, np.ndarray]) -> list[str]:
    """The names of the values per trained weight, in Keras's order."""
    trained = {id(variable) for variable in model.trainable_weights}
    paths = [
        f"{name}/{variable.name}"
        for name, layer in leaves(model)
        for variable in layer.weights
        if id(variable) in trained
    ]
    kinds = list(model.optimizer.slot_names)
    names = {cls.__name__ for cls in type(model.optimizer).__mro__}
    apart: list[str] = []
    for name, slots in APART.items():
        if name in names:
            apart = [kind for kind in kinds if slots is None or kind in slots]
    together = [kind for kind in kinds if kind not in apart]
    ordered = [f"{path}/{kind}" for path in paths for kind in together]
    around = [f"{path}/{kind}" for kind in AROUND for path in paths if f"{path}/{kind}" in state]
    return around + ordered + [f"{path}/{kind}" for kind in apart for path in paths]
