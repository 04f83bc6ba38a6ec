"""data_format="channels_first": every layer that has the argument computes what it computes for channels_last.

Outputs, gradients and configurations are compared with those of the same layer for channels_last on moved axes; the
weights are the same arrays. `config.set_image_data_format` chooses what None means.
"""

import inspect
import json

import numpy as np
import pytest

from pycnn import Input, Sequential, _core, config, layers, losses, models, ops, optimizers
from pycnn.layers.node import describe, parameter_views
from tests.checks import assert_same_bits
from tests.test_layers import CASES
from tests.window_layer_cases import IMAGE, case

# The activations of these rows are along the last axis of the outputs, whichever that is.
ALONG_LAST_AXIS = ("softmax", "log_softmax")
TRANSPOSED = case(
    "conv transpose",
    layers.Conv2DTranspose,
    {"filters": 6, "kernel_size": (3, 2), "strides": 2, "padding": "same", "activation": "tanh"},
    IMAGE,
    (14, 10, 6),
    None,
    (("kernel", (3, 2, 6, 4)), ("bias", (6,))),
)
ROWS = [
    row
    for row in (*CASES, TRANSPOSED)
    if "data_format" in inspect.signature(row.values[0]).parameters
    and row.values[1].get("activation") not in ALONG_LAST_AXIS
]
rows = pytest.mark.parametrize(("layer_class", "arguments", "input_shape", "output_shape", "weights", "expected"), ROWS)


def first(array):
    """Channels after the batch axis; vectors have no other place for them."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if np.ndim(array) > 2 else array


def first_shape(shape):
    return (shape[-1], *shape[:-1])


def gradients(layer, x, dy, values):
    """Output, gradient of the input, gradients of the weights."""
    network = describe(layer, x.shape[1:])
    for view, value in zip(parameter_views(network, layer), values, strict=True):
        view[...] = value
    network.touch()
    y, dx, dweights = network.gradients(x, dy, training=True)
    return (y, dx, *dweights)


def test_there_are_layers_to_test():
    kinds = {row.values[0].__name__ for row in ROWS}
    assert {"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv1D", "Flatten"} <= kinds
    assert {"MaxPooling2D", "AveragePooling3D", "GlobalMaxPooling2D", "GlobalAveragePooling1D"} <= kinds
    assert {"LocalResponseNormalization", "Resizing", "ZeroPadding1D", "Cropping3D", "UpSampling2D"} <= kinds


@rows
def test_is_the_same_with_moved_axes(layer_class, arguments, input_shape, output_shape, weights, expected, rng):
    for dtype in ("float32", "float64"):
        last = layer_class(**arguments, dtype=dtype, data_format="channels_last")
        layer = layer_class(**arguments, dtype=dtype, data_format="channels_first")
        last.build((None, *input_shape))
        layer.build((None, *first_shape(input_shape)))
        assert [(w.name, w.shape) for w in layer.weights] == [(w.name, w.shape) for w in last.weights]
        values = [rng.normal(size=shape) for _, shape in weights]
        x, dy = rng.normal(size=(3, *input_shape)).astype(dtype), rng.normal(size=(3, *output_shape)).astype(dtype)
        y, dx, *dweights = gradients(last, x, dy, values)
        answers = gradients(layer, first(x), first(dy), values)
        for answer, expected_answer in zip(answers, (first(y), first(dx), *dweights), strict=True):
            assert_same_bits(answer, expected_answer)


@rows
def test_shapes_and_configuration(layer_class, arguments, input_shape, output_shape, weights, expected):
    layer = layer_class(**arguments, data_format="channels_first")
    moved = first_shape(output_shape) if len(output_shape) > 1 else output_shape
    assert layer.compute_output_shape((None, *first_shape(input_shape))) == (None, *moved)
    configuration = json.loads(json.dumps(layer.get_config()))
    assert configuration["data_format"] == "channels_first"
    again = layer_class.from_config(configuration)
    assert again.compute_output_shape((None, *first_shape(input_shape))) == (None, *moved)


def test_softmax_runs_along_the_last_axis(rng):
    """As in Keras: of the outputs as they are, so over the columns of channels-first images."""
    layer = layers.Conv2D(3, 1, activation="softmax", data_format="channels_first", dtype="float64")
    plain = layers.Conv2D(3, 1, data_format="channels_first", dtype="float64")
    x = rng.normal(size=(2, 4, 5, 6))
    plain(x), layer(x)
    layer.set_weights(plain.get_weights())
    assert_same_bits(layer(x), ops.softmax(plain(x)))


@pytest.fixture
def channels_first_by_default():
    config.set_image_data_format("channels_first")
    yield
    config.set_image_data_format("channels_last")


def test_none_means_what_the_configuration_says(channels_first_by_default, rng):
    assert config.image_data_format() == "channels_first"
    assert layers.Conv2D(2, 3).data_format == layers.MaxPooling1D().data_format == "channels_first"
    assert layers.Flatten("channels_last").data_format == "channels_last"
    assert layers.Conv2D(4, 3).compute_output_shape((None, 3, 8, 9)) == (None, 4, 6, 7)
    x = rng.normal(size=(1, 3, 8, 9))
    assert ops.resize(x, (4, 5), data_format=None).shape == (1, 3, 4, 5)
    layer = layers.Conv2D.from_config(layers.Conv2D(4, 3, data_format="channels_last").get_config())
    assert layer.data_format == "channels_last"


def test_only_the_two_formats():
    for value in ("NCHW", None, 1):
        with pytest.raises(ValueError, match=r"\[set_image_data_format\] data_format must be one of"):
            config.set_image_data_format(value)
    assert config.image_data_format() == "channels_last"


def network(data_format):
    shape = (3, 12, 10) if data_format == "channels_first" else (12, 10, 3)
    options = {"data_format": data_format}
    return Sequential(
        [
            Input(shape),
            layers.ZeroPadding2D(1, **options),
            layers.Conv2D(8, 3, activation="relu", **options),
            layers.DepthwiseConv2D(3, padding="same", **options),
            layers.ReLU(),
            layers.MaxPooling2D(2, **options),
            layers.LocalResponseNormalization(**options),
            layers.Conv2D(6, 3, **options),
            layers.Flatten(**options),
            layers.Dense(2),
        ]
    )


def test_a_network_trains_as_its_channels_last_twin(tmp_path, rng):
    y = np.arange(32) % 2
    x = (rng.normal(size=(32, 12, 10, 3)) + y.reshape(-1, 1, 1, 1)).astype(np.float32)
    nets = [network("channels_last"), network("channels_first")]
    nets[1].set_weights(nets[0].get_weights())
    lost = []
    for net, images in zip(nets, (x, first(x)), strict=True):
        net.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
        lost.append(net.fit(images, y, epochs=3, batch_size=16, shuffle=False, verbose=0).history["loss"])
    assert lost[0] == lost[1] and lost[0][-1] < lost[0][0]
    for one, other in zip(*(net.get_weights() for net in nets), strict=True):
        assert_same_bits(one, other)
    nets[1].save(tmp_path / "net.pycnn")
    again = models.load_model(tmp_path / "net.pycnn")
    assert_same_bits(again.predict(first(x), verbose=0), nets[0].predict(x, verbose=0))


def test_moves_between_two_layers_are_left_out():
    """Of two convolutions in a row only the first turns its input and only the last its output."""
    layer = layers.Conv2D(4, 3, data_format="channels_first")
    graph = _core.Graph("float32")
    source = graph.input((3, 9, 8))
    turned = layer.add_to(graph, [source])
    assert layer.add_to(graph, [turned]) - turned == 2  # a convolution and the way back
    assert graph.transpose(turned, (1, 2, 0)) == turned - 1
    activated = layers.ReLU().add_to(graph, [turned])
    assert layer.add_to(graph, [activated]) - activated == 2
    assert graph.transpose(turned, (2, 0, 1)) > turned
