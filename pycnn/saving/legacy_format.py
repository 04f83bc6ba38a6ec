"""Reading Keras's older `.h5` files, of TF-Keras 2 and Keras 3: whole models, and weights alone.

The weights of a layer are in a group of the layer's name, in the order of the attribute `weight_names`; the layers in
the order of `layer_names`. Weights go to the model's layers that have any by that order, or by name. The
configuration is JSON text in the attribute `model_config`, and obeys the rules of every other file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pycnn.saving import keras_optimizer, legacy_config, strict_json, weights
from pycnn.saving.errors import ModelFileError, blaming
from pycnn.saving.hdf5_reader import Group, Hdf5File
from pycnn.saving.keras_format import MAX_CONTAINERS, model_from_config
from pycnn.saving.regular_file import read_regular_file
from pycnn.saving.weights import LayerWeights

WEIGHTS, OPTIMIZER_WEIGHTS = "model_weights", "optimizer_weights"
MODEL_CONFIG, TRAINING_CONFIG = "model_config", "training_config"


def load_model(path: str, compile: bool) -> Any:
    """Read a whole model from an older `.h5` file; see `pycnn.saving.load_model`."""
    file = Hdf5File(read_regular_file(path), path)
    with blaming(path, f"{MODEL_CONFIG} describes no model"):
        config = _attribute(file, MODEL_CONFIG)
        if config is None:
            raise ModelFileError(path, "holds no model_config; load_weights reads weights into a model")
        model = model_from_config(legacy_config.model_config(config), file)
        layers = stored(file, model, by_name=False)
    weights.assign(path, layers)
    if compile:
        arrays: list[np.ndarray] = []
        restored = True
        with blaming(path, "the training state does not fit the model"):
            training = _attribute(file, TRAINING_CONFIG)
            if training is not None:
                model.compile_from_config(legacy_config.compile_config(training))
                if OPTIMIZER_WEIGHTS in file.groups and model.optimizer_state():
                    arrays = _arrays(file, OPTIMIZER_WEIGHTS)
                    restored = keras_optimizer.restore(model, arrays, {})
        if not restored:
            keras_optimizer.warn_anew(path, arrays)
    return model


def stored(file: Hdf5File, model: Any, by_name: bool) -> list[LayerWeights]:
    """What a file has for each layer of a model that has weights.

    Raises:
        ValueError: another number of layers with weights, or a damaged attribute.
    """
    root = WEIGHTS if WEIGHTS in file.groups[""].members else ""
    named = list(_layers(file, root))
    if by_name:
        arrays = dict(named)
        return [
            LayerWeights(layer.name, _variables(layer), arrays[layer.name])
            for layer in model.layers
            if layer.name in arrays
        ]
    filled = [(name, arrays) for name, arrays in named if arrays]
    layers = [layer for layer in model.layers if layer.weights]
    if len(filled) != len(layers):
        raise ValueError(f"it has {len(filled)} layers with weights, and the model {len(layers)}")
    return [
        LayerWeights(f"{layer.name} (in the file {name})", _variables(layer), arrays)
        for layer, (name, arrays) in zip(layers, filled, strict=True)
    ]


def _variables(layer: Any) -> list[Any]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _layers(file: Hdf5File, root: str) -> Iterator[tuple[str, list[np.ndarray]]]:
    names = _group(file, root).texts("layer_names")
    if names is None:
        raise ValueError("neither the groups of a .weights.h5 file nor the attribute layer_names")
    for name in names:
        yield name, _arrays(file, f"{root}/{name}" if root else name)


def _arrays(file: Hdf5File, path: str) -> list[np.ndarray]:
    found = []
    for name in _group(file, path).texts("weight_names") or ():
        array = file.arrays.get(f"{path}/{name}")
        if array is None:
            raise ValueError(f"there is no array {name[:80]!r} in {path[:80]!r}")
        found.append(array)
    return found


def _group(file: Hdf5File, path: str) -> Group:
    if path not in file.groups:
        raise ValueError(f"there is no group {path[:80]!r}")
    return file.groups[path]


def _attribute(file: Hdf5File, name: str) -> Any:
    texts = file.groups[""].texts(name)
    return None if texts is None else strict_json.loads("".join(texts).encode(), MAX_CONTAINERS)
