"""The state of an optimizer as Keras stores it: a list of arrays whose order says what they are.

    0   iteration: batches so far     1   learning rate (absent when it follows a schedule)
    then, if asked for, moving averages of the weights and sums of gradients; the optimizer's values per weight

Each kind has one array for every trained weight, in the order of the model's weights. An optimizer of two values per
weight (Adam's moments) stores them in turn for each weight; RMSprop, and the largest velocities of AMSGrad, one kind
for all weights after the other. Nadam ends with a scalar, which here follows from the number of steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.layers.inner_names import weight_paths

# Slots that are not stored in turn with the others of their weight: of RMSprop all.
APART = {"RMSprop": ("velocity", "momentum", "average_gradient"), "Adam": ("velocity_hat",)}
AROUND = ("average", "gradient_accumulator")
PARTIAL = "accumulated_batches"


def variables(model: Any) -> list[np.ndarray]:
    """The state of a compiled model's optimizer in Keras's order."""
    state, optimizer = model.optimizer_state(), model.optimizer
    steps = optimizer.gradient_accumulation_steps or 1
    batches = int(state["iteration"]) * steps + int(state.get(PARTIAL, 0))
    arrays: list[np.ndarray] = [np.asarray(batches, np.int32)]
    if not optimizer.follows_schedule:
        arrays.append(np.asarray(state["learning_rate"], np.float32))
    shapes = {path: variable.shape for path, variable in weight_paths(model)}
    for name in _names(model, state):  # of a weight that no output depends on there is no state here
        values = state.get(name)
        arrays.append(np.zeros(shapes[name.rpartition("/")[0]], model.dtype) if values is None else values)
    if _ends_with_scalar(optimizer):
        arrays.append(np.asarray(optimizer.momentum_product(), np.float32))
    return arrays


def warn_anew(path: str, arrays: Sequence[np.ndarray]) -> None:
    """Say that a file has no state for the optimizer, as Keras does."""
    rule = "the file has no state for this optimizer, which starts anew"
    warnings.warn(f"[load_model] {path}: {rule}; got {len(arrays)} arrays", stacklevel=5)


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
    state, optimizer = dict(model.optimizer_state()), model.optimizer
    names = ["iteration", *_names(model, state)]
    if not optimizer.follows_schedule:
        names.insert(1, "learning_rate")
    if _ends_with_scalar(optimizer):
        names.append("momentum_product")
    if len(names) != len(arrays):
        return False
    known = {*state, "iteration", "learning_rate"}
    given = {name: array for name, array in zip(names, arrays, strict=True) if name in known}
    if given["iteration"].shape == ():
        steps = optimizer.gradient_accumulation_steps or 1
        given["iteration"], partial = (np.asarray(part) for part in divmod(given["iteration"], steps))
        if PARTIAL in state:
            given[PARTIAL] = partial
    if np.array_equal(np.float32(state["learning_rate"]), given.get("learning_rate")):
        del given["learning_rate"]  # the configuration has more digits
    model.set_optimizer_state({**state, **given, **{name: more[name] for name in more if name in state}})
    return True


def _ends_with_scalar(optimizer: Any) -> bool:
    return hasattr(optimizer, "momentum_product")


def _names(model: Any, state: Mapping[str, np.ndarray]) -> list[str]:
    """The names of the values per trained weight, in Keras's order."""
    trained = {id(variable) for variable in model.trainable_weights}
    paths = [path for path, variable in weight_paths(model) if id(variable) in trained]
    kinds = list(model.optimizer.slot_names)
    classes = {cls.__name__ for cls in type(model.optimizer).__mro__}
    apart = [kind for kind in kinds if any(kind in APART[name] for name in classes & APART.keys())]
    together = [kind for kind in kinds if kind not in apart]
    around = [f"{path}/{kind}" for kind in AROUND for path in paths if f"{path}/{kind}" in state]
    in_turn = [f"{path}/{kind}" for path in paths for kind in together]
    return [*around, *in_turn, *(f"{path}/{kind}" for kind in apart for path in paths)]
