"""Weights in Keras's `.weights.h5`: one group for each layer, named by its class and a count, never by its name.

    layers/conv2d/vars/0               kernel of the first Conv2D
    layers/conv2d_1/vars/1             bias of the second
    layers/sequential/layers/dense/vars/0    in a model inside the model counting starts anew

The trained variables of a layer come first, then the others, each in the order in which they were made. A layer that
occurs twice is written at its first place. Layers inside of a layer with `call` have the names of its attributes.
Files of TF-Keras 2.13 say `_layer_checkpoint_dependencies` for `layers`.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pycnn.layers.inner_names import are_attributes, attribute_paths
from pycnn.saving.class_table import WRITTEN_AS, section_of
from pycnn.saving.hdf5_reader import Hdf5File
from pycnn.saving.weights import LayerWeights
from pycnn.utils.naming import snake_case

LAYERS, OLD_LAYERS = "layers", "_layer_checkpoint_dependencies"
OPTIMIZER = "optimizer"


def layer_paths(model: Any, container: str = LAYERS) -> Iterator[tuple[str, Any]]:
    """The groups of all layers, nested ones included, and the layers; the model itself has the path ""."""
    seen: set[int] = set()

    def walk(layer: Any, path: str) -> Iterator[tuple[str, Any]]:
        yield path, layer
        inside = attribute_paths(layer, _group_name) if are_attributes(layer) else _counted(layer.layers, container)
        for name, inner in inside:
            if id(inner) not in seen:
                seen.add(id(inner))
                yield from walk(inner, f"{path}/{name}" if path else name)

    yield from walk(model, "")


def _counted(layers: Sequence[Any], container: str) -> Iterator[tuple[str, Any]]:
    counts: Counter[str] = Counter()
    for layer in layers:
        name = _group_name(layer)
        number = counts[name]
        counts[name] += 1
        yield f"{container}/{name}_{number}" if number else f"{container}/{name}", layer


def own_variables(layer: Any) -> list[Any]:
    """The variables that a layer itself holds, in Keras's order."""
    return sorted(layer.own_weights, key=lambda variable: not variable.trainable)


def encode(model: Any, optimizer_variables: Sequence[np.ndarray] | None = None) -> bytes:
    """Return the bytes of a `.weights.h5` file.

    Args:
        model: a built model.
        optimizer_variables: what Keras calls the variables of its optimizer, in their order; None for none.
    """
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="earliest") as file:
        for path, layer in layer_paths(model):
            arrays = [variable.value for variable in own_variables(layer)]
            _write(file, path, layer.name, arrays)
        if optimizer_variables is not None:
            _write(file, OPTIMIZER, model.optimizer.name, optimizer_variables)
    return buffer.getvalue()


def _write(file: Any, path: str, name: str, arrays: Sequence[np.ndarray]) -> None:
    group = file.create_group(f"{path}/vars" if path else "vars")
    group.attrs["name"] = name
    for index, array in enumerate(arrays):
        group.create_dataset(str(index), data=array)


def is_keras_3(file: Hdf5File) -> bool:
    """Whether the groups are those of a `.weights.h5` file, and not of a legacy one."""
    root = file.groups[""]
    return not root.has_attribute("layer_names") and "model_weights" not in root.members


def stored(file: Hdf5File, model: Any) -> list[LayerWeights]:
    """What a file has for each layer of a model that has weights."""
    container = OLD_LAYERS if OLD_LAYERS in file.groups[""].members else LAYERS
    return [
        LayerWeights(f"{path} ({layer.name})", own_variables(layer), variables(file, path))
        for path, layer in layer_paths(model, container=container)
        if own_variables(layer) or variables(file, path)
    ]


def variables(file: Hdf5File, path: str) -> list[np.ndarray]:
    """The arrays "0", "1", ... of a group's `vars`; none when there is no such group."""
    prefix = f"{path}/vars" if path else "vars"
    members: Mapping[str, int] = file.groups[prefix].members if prefix in file.groups else {}
    if sorted(members) != sorted(map(str, range(len(members)))):
        raise ValueError(f"{prefix} must hold the arrays 0 to {len(members) - 1}")
    names = [f"{prefix}/{index}" for index in range(len(members))]
    if not all(name in file.arrays for name in names):
        raise ValueError(f"{prefix} must hold arrays and nothing else")
    return [file.arrays[name] for name in names]


def _group_name(layer: Any) -> str:
    cls = type(layer)
    return snake_case(WRITTEN_AS.get(cls.__name__, (cls.__name__,))[0] if section_of(cls) else cls.__name__)
