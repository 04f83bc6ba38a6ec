"""The state of an optimizer as Keras stores it: a list of arrays whose order says what they are.

    0   iteration            1   learning rate (absent when it follows a schedule)
    2   the optimizer's values per trained weight, in the order of the model's weights

An optimizer of two values per weight (Adam's moments) stores them in turn for each weight; RMSprop, and the largest
velocities of AMSGrad, one kind for all weights after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.saving.weights import leaves

# Slots that are not stored in turn with the others of their weight.
APART = {"RMSprop": None, "Adam": ("velocity_hat",)}


def variables(model: Any) -> list[np.ndarray]:
    """The state of a compiled model's optimizer in Keras's order."""
    state = model.optimizer_state()
    arrays: list[np.ndarray] = [np.asarray(state["iteration"], np.int32)]
    if _has_rate(model):
        arrays.append(np.asarray(state["learning_rate"], np.float32))
    return arrays + [state[name] for name in _slots(model, state)]


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
    rate = ["learning_rate"] if _has_rate(model) else []
    names = ["iteration", *rate, *_slots(model, state)]
    if len(names) != len(arrays):
        return False
    given = dict(zip(names, arrays, strict=True))
    if rate and np.float32(state["learning_rate"]) == given["learning_rate"]:
        del given["learning_rate"]  # the configuration has more digits
    model.set_optimizer_state({**state, **given, **more})
    return True


def _has_rate(model: Any) -> bool:
    return isinstance(model.optimizer.learning_rate, (int, float, np.number))


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
    return ordered + [f"{path}/{kind}" for kind in apart for path in paths]
