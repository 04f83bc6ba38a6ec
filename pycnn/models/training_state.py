"""The state of a training run as named arrays: counters, seed, learning rate, and the optimizer's values per weight.

The core keeps each of the optimizer's slots as one flat array parallel to the flat buffer of the parameters; here it
is cut into one array per weight, "<layer>/<weight>/<slot>", so that a file does not depend on the buffer's layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pycnn.layers.inner_names import weight_paths
from pycnn.utils.arguments import error


def read(model: Any, network: Any) -> dict[str, np.ndarray]:
    """Return copies of the state of a compiled model."""
    state = {
        "iteration": np.asarray(network.iteration, np.int64),
        "learning_rate": np.asarray(model.optimizer.learning_rate, np.float64),
        "passes": np.asarray(model.passes, np.int64),
        "seed": np.asarray(model.seed, np.int64),
    }
    state.update((name, view.copy()) for name, view in _slot_views(model, network))
    if model.update is not None:
        paths = _parameter_paths(model, network)
        state.update((_named(paths, name), array) for name, array in model.update.state().items())
    return state


def write(model: Any, network: Any, state: Mapping[str, np.ndarray]) -> None:
    """Put a state back; nothing has changed when it does not fit.

    Raises:
        ValueError: a name is missing or unknown, or an array has another shape.
    """
    views = dict(_slot_views(model, network))
    wanted = {**{name: () for name in ("iteration", "learning_rate", "passes", "seed")}}
    wanted.update((name, view.shape) for name, view in views.items())
    paths = _parameter_paths(model, network)
    around = {} if model.update is None else model.update.state()
    wanted.update((_named(paths, name), array.shape) for name, array in around.items())
    given = {name: np.asarray(array) for name, array in state.items()}
    if given.keys() != wanted.keys():
        differing = sorted(given.keys() ^ wanted.keys())
        raise error("set_optimizer_state", "state must have this model's names", "missing or unknown", differing)
    for name, array in given.items():
        if array.shape != wanted[name] or array.dtype.kind not in "fiu":
            rule = f"state[{name!r}] must be numbers of shape {wanted[name]}"
            raise error("set_optimizer_state", rule, "shape", array.shape)
    counters = {name: int(given[name]) for name in ("iteration", "passes", "seed")}
    if min(counters.values()) < 0:
        raise error("set_optimizer_state", "iteration, passes and seed must be >= 0", "state", counters)
    if not model.optimizer.follows_schedule:
        model.optimizer.learning_rate = float(given["learning_rate"])
    model.optimizer.iterations = network.iteration = counters["iteration"]
    model.passes, model.seed = counters["passes"], counters["seed"]
    for name, view in views.items():
        view[...] = given[name]
    if model.update is not None:
        model.update.set_state({name: given[_named(paths, name)] for name in around})


def _named(paths: list[str], name: str) -> str:
    """The name of an entry of `Update.state`, which begins with the number of a weight, with the weight's path."""
    number, _, slot = name.partition("/")
    return f"{paths[int(number)]}/{slot}" if slot else name


def _slot_views(model: Any, network: Any) -> Iterator[tuple[str, np.ndarray]]:
    paths = _parameter_paths(model, network)
    trained = [
        (path, view) for path, (_, _, view, trainable) in zip(paths, network.parameters(), strict=True) if trainable
    ]
    addresses = [view.__array_interface__["data"][0] for _, view in trained]
    slots = network.optimizer_slots()
    for (path, view), address in zip(trained, addresses, strict=True):
        offset = (address - min(addresses)) // view.itemsize
        for slot, flat in zip(model.optimizer.slot_names, slots, strict=True):
            yield f"{path}/{slot}", flat[offset : offset + view.size].reshape(view.shape)


def _parameter_paths(model: Any, network: Any) -> list[str]:
    """The name of the weight that each of the network's parameters is."""
    paths: dict[int, str] = {}
    for path, variable in weight_paths(model):
        paths.setdefault(id(variable), path)
    return [paths[id(variable)] for variable in network.variables]
