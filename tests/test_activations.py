"""pycnn.activations: Keras's names and defaults, and how layers take them."""

import numpy as np
import pytest

from pycnn import activations, layers, ops
from tests.checks import assert_equal, assert_same_bits

FUNCTIONS = [name for name in activations.__all__ if name not in ("get", "serialize")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_layer_takes_the_name_and_the_function(name, rng):
    """Both give what the function itself computes, and the same configuration."""
    function = getattr(activations, name)
    x = np.float32(2 * rng.normal(size=(3, 5)))
    by_name, by_function = layers.Activation(name), layers.Activation(function)
    assert by_name.activation == by_function.activation == activations.serialize(function)
    assert_same_bits(by_name(x), function(x))
    assert activations.get(name) is activations.get(by_name.activation) is function


@pytest.mark.parametrize("layer", [layers.Dense(3, activation=activations.swish), layers.Dense(3, activation="swish")])
def test_an_alias_is_saved_under_its_own_name(layer):
    config = layer.get_config()
    assert config["activation"] == "silu"
    assert layers.Dense.from_config(config).activation == "silu"


def test_none_is_linear():
    assert activations.get(None) is activations.linear
    assert_equal(activations.linear([1, -2]), [1, -2])


def test_defaults_that_differ_between_operation_and_activation():
    x = np.linspace(-2, 2, 9)
    assert_equal(activations.gelu(x), ops.gelu(x, approximate=False))
    assert_equal(activations.leaky_relu([-1.0]), [-0.2])
    assert layers.LeakyReLU().negative_slope == 0.3


@pytest.mark.parametrize("identifier", ["gleu", 3, len, np.tanh, lambda x: x, ["relu"]])
def test_what_is_no_activation(identifier):
    with pytest.raises(ValueError, match=r"^\[get\] activation must be .*; got activation="):
        activations.get(identifier)
