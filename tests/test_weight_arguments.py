"""Initializers, regularizers and constraints of the layers: Keras's arguments, in its order, kept and described."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from pycnn import constraints, initializers, layers, regularizers
from pycnn.layers.weighted import WeightedLayer
from pycnn.saving import deserialize_keras_object, serialize_keras_object

SIGNATURES = json.loads((Path(__file__).parent / "data" / "keras_signatures.json").read_text())
# What Keras has and these layers have not: all but `kwargs` are refused by name, or unknown.
LACKING = {
    "kwargs",
    "lora_rank",
    "lora_alpha",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
}
# layer: what it takes first, the shape of its inputs, its weights with the role that gives them their arguments
KERNEL = {"kernel": "kernel", "bias": "bias"}
LAYERS = {
    "Dense": ({"units": 3}, (4,), KERNEL),
    "Conv1D": ({"filters": 2, "kernel_size": 2}, (5, 3), KERNEL),
    "Conv2D": ({"filters": 2, "kernel_size": 2}, (5, 4, 3), KERNEL),
    "Conv3D": ({"filters": 2, "kernel_size": 2}, (5, 4, 3, 2), KERNEL),
    "Conv1DTranspose": ({"filters": 2, "kernel_size": 2}, (5, 3), KERNEL),
    "Conv2DTranspose": ({"filters": 2, "kernel_size": 2}, (5, 4, 3), KERNEL),
    "Conv3DTranspose": ({"filters": 2, "kernel_size": 2}, (5, 4, 3, 2), KERNEL),
    "DepthwiseConv1D": ({"kernel_size": 2}, (5, 3), {"kernel": "depthwise", "bias": "bias"}),
    "DepthwiseConv2D": ({"kernel_size": 2}, (5, 4, 3), {"kernel": "depthwise", "bias": "bias"}),
    **{
        f"SeparableConv{rank}D": (
            {"filters": 2, "kernel_size": 2},
            (5,) * rank + (3,),
            {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise", "bias": "bias"},
        )
        for rank in (1, 2)
    },
    "BatchNormalization": ({}, (5, 3), {"gamma": "gamma", "beta": "beta"}),
    "GroupNormalization": ({"groups": 1}, (5, 3), {"gamma": "gamma", "beta": "beta"}),
    "InstanceNormalization": ({}, (5, 3), {"gamma": "gamma", "beta": "beta"}),
    "LayerNormalization": ({}, (5, 3), {"gamma": "gamma", "beta": "beta"}),
    "PReLU": ({}, (3,), {"alpha": "alpha"}),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def made(name):
    """The layer with different factors for all its weights, built, and those by role."""
    first, shape, weights = LAYERS[name]
    given = {}
    for i, role in enumerate(weights.values(), 1):
        given[f"{role}_initializer"] = initializers.Constant(i)
        given[f"{role}_regularizer"] = regularizers.L2(0.1 * i)
        given[f"{role}_constraint"] = constraints.MaxNorm(i)
    layer = getattr(layers, name)(**first, **given, activity_regularizer="l1")
    layer.build((None, *shape))
    return layer, given


@every_layer
def test_each_weight_has_the_arguments_of_its_role(name):
    layer, given = made(name)
    weights = LAYERS[name][2]
    by_name = {variable.name: variable for variable in layer.trainable_weights}
    assert by_name.keys() == weights.keys()
    for weight, role in weights.items():
        assert by_name[weight].regularizer is given[f"{role}_regularizer"]
        assert by_name[weight].constraint is given[f"{role}_constraint"]
        assert np.all(by_name[weight].value == given[f"{role}_initializer"].value)
    assert layer.activity_regularizer.get_config() == {"l1": 0.01}
    assert all(variable.regularizer is variable.constraint is None for variable in layer.non_trainable_weights)


@every_layer
def test_configuration(name):
    layer, given = made(name)
    description = json.loads(json.dumps(serialize_keras_object(layer)))
    again = deserialize_keras_object(description)
    assert json.loads(json.dumps(serialize_keras_object(again))) == description
    for argument, value in given.items():
        found = getattr(again, argument)
        assert type(found) is type(value) and found.get_config() == value.get_config()
    assert again.activity_regularizer.get_config() == {"l1": 0.01}


@every_layer
def test_nothing_unless_asked_for(name):
    first, shape, weights = LAYERS[name]
    layer = getattr(layers, name)(**first)
    layer.build((None, *shape))
    assert all(variable.regularizer is variable.constraint is None for variable in layer.weights)
    assert layer.activity_regularizer is None
    config = layer.get_config()
    for role in weights.values():
        assert config[f"{role}_regularizer"] is config[f"{role}_constraint"] is None


@every_layer
def test_the_order_of_arguments_is_keras_s(name):
    if name == "InstanceNormalization":  # not in Keras: that of GroupNormalization without groups
        expected = SIGNATURES["layers.GroupNormalization"][1:]
    else:
        expected = SIGNATURES[f"layers.{name}"]
    found = list(inspect.signature(getattr(layers, name)).parameters)
    if name == "Conv3DTranspose":
        assert found == [*expected[:6], "others", "named"]
        others = list(inspect.signature(layers.Conv2DTranspose).parameters)
        assert others[6:-1] == expected[6:-1]
    else:
        assert [argument for argument in found if argument != "kwargs"] == [
            argument for argument in expected if argument not in LACKING
        ]


def test_conv3d_transpose_takes_the_data_format_first():
    layer = layers.Conv3DTranspose(2, 3, 2, "valid", "channels_first", 1, 1, "relu")
    assert (layer.data_format, layer.output_padding, layer.activation) == ("channels_first", (1, 1, 1), "relu")


def test_every_layer_with_such_arguments_is_in_the_table():
    leaves = {
        getattr(layers, name).__name__  # some have two names
        for name in layers.__all__
        if isinstance(getattr(layers, name), type) and issubclass(getattr(layers, name), WeightedLayer)
    }
    assert leaves == LAYERS.keys()


def test_weights_of_one_s_own_layer():
    class Scale(layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight((3,), "ones", "scale", regularizer="l2", constraint="non_neg")

    layer = Scale(activity_regularizer=regularizers.L2(0.5))
    layer.build((None, 3))
    assert layer.scale.regularizer.get_config() == {"l2": 0.01}
    assert isinstance(layer.scale.constraint, constraints.NonNeg)
    assert layer.get_config()["activity_regularizer"] == serialize_keras_object(regularizers.L2(0.5))


def test_activity_regularization():
    layer = layers.ActivityRegularization(0.25, l2=0.5)
    assert layer.activity_regularizer.get_config() == {"l1": 0.25, "l2": 0.5}
    assert layer.get_config() == {"name": layer.name, "trainable": True, "dtype": "float32", "l1": 0.25, "l2": 0.5}
    assert layers.ActivityRegularization.from_config(layer.get_config()).l1 == 0.25


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: layers.Dense(2, kernel_regularizer="l3"), "did you mean 'l1'|'l2'"),
        (ValueError, lambda: layers.Dense(2, bias_constraint="max"), "got identifier='max'"),
        (ValueError, lambda: layers.Flatten(activity_regularizer=3), "got identifier=3"),
        (TypeError, lambda: layers.Flatten(kernel_regularizer="l2"), "unexpected argument kernel_regularizer='l2'"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()


def test_changing_a_weight_in_place():
    weight = layers.Variable(np.ones((2, 3), np.float32), "kernel")
    assert weight.ndim == 2
    weight.assign_add(np.full((2, 3), 0.5))
    weight.assign_sub(1)
    assert weight.dtype == "float32" and np.all(weight.value == 0.5)
    with pytest.raises(ValueError, match=r"\[assign\] kernel must have shape \(2, 3\); got shape=\(4, 2, 3\)"):
        weight.assign_add(np.ones((4, 2, 3)))
