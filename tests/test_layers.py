"""The contract of every layer: arguments, configuration, weights, shapes, values against the oracles, gradients.

`CASES` has one row per behaviour; every contract test runs over all rows.
"""

import json

import numpy as np
import pytest

import pycnn
from pycnn import layers
from pycnn.layers.node import describe, parameter_views
from tests import move_layer_cases, reference, window_layer_cases
from tests.checks import assert_near, assert_same_bits, numeric_gradient
from tests.window_layer_cases import IMAGE, case


def dense(activation=None):
    def expected(x, kernel, bias=None):
        y = x.reshape(-1, x.shape[-1]) @ kernel
        y = (y if bias is None else y + bias).reshape(*x.shape[:-1], -1)
        return y if activation is None else getattr(reference, activation)(y)

    return expected


def same(x):
    return x


def normalized(name, layer, arguments, expected, **weights):
    return case(name, layer, arguments, IMAGE, IMAGE, expected, tuple(weights.items()))


CASES = [
    *window_layer_cases.CASES,
    *move_layer_cases.CASES,
    case("dense", layers.Dense, {"units": 3}, (5,), (3,), dense(), (("kernel", (5, 3)), ("bias", (3,)))),
    case(
        "dense last axis",
        layers.Dense,
        {"units": 3, "activation": "softmax", "use_bias": False},
        (4, 2, 5),
        (4, 2, 3),
        dense("softmax"),
        (("kernel", (5, 3)),),
    ),
    case("flatten", layers.Flatten, {}, IMAGE, (140,), lambda x: x.reshape(len(x), -1)),
    case("reshape", layers.Reshape, {"target_shape": (5, -1)}, IMAGE, (5, 28), lambda x: x.reshape(-1, 5, 28)),
    case("dropout", layers.Dropout, {"rate": 0.5, "seed": 3}, IMAGE, IMAGE, same),
    case("dropout of rows", layers.Dropout, {"rate": 0.5, "noise_shape": [None, 7, 1, 1]}, IMAGE, IMAGE, same),
    case("alpha dropout", layers.AlphaDropout, {"rate": 0.5, "noise_shape": [1, 1, 1, 4]}, IMAGE, IMAGE, same),
    case("spatial dropout 1d", layers.SpatialDropout1D, {"rate": 0.5, "seed": 1}, (7, 3), (7, 3), same),
    case("spatial dropout 2d", layers.SpatialDropout2D, {"rate": 0.5}, IMAGE, IMAGE, same),
    case("spatial dropout 3d", layers.SpatialDropout3D, {"rate": 0.5}, (2, 3, 2, 2), (2, 3, 2, 2), same),
    case("gaussian noise", layers.GaussianNoise, {"stddev": 0.5, "seed": 1}, IMAGE, IMAGE, same),
    case("gaussian dropout", layers.GaussianDropout, {"rate": 0.5, "seed": 1}, IMAGE, IMAGE, same),
    case("linear", layers.Activation, {"activation": None}, IMAGE, IMAGE, same),
    case("relu", layers.Activation, {"activation": "relu"}, IMAGE, IMAGE, reference.relu),
    case("sigmoid", layers.Activation, {"activation": "sigmoid"}, IMAGE, IMAGE, reference.sigmoid),
    case("tanh", layers.Activation, {"activation": "tanh"}, (6,), (6,), reference.tanh),
    case("softmax name", layers.Activation, {"activation": "softmax"}, IMAGE, IMAGE, reference.softmax),
    case("log_softmax", layers.Activation, {"activation": "log_softmax"}, (6,), (6,), reference.log_softmax),
    *(
        case(name, layers.Activation, {"activation": name}, (9,), (9,), getattr(reference, name))
        for name in (
            *("celu", "elu", "hard_sigmoid", "hard_silu", "leaky_relu", "log_sigmoid", "mish", "relu6"),
            *("selu", "silu", "softplus", "softsign"),
        )
    ),
    case("exponential", layers.Activation, {"activation": "exponential"}, IMAGE, IMAGE, reference.exp),
    case("gelu", layers.Activation, {"activation": "gelu"}, IMAGE, IMAGE, lambda x: reference.gelu(x, False)),
    case(
        "dense and gelu",
        layers.Dense,
        {"units": 3, "activation": "gelu", "use_bias": False},
        (5,),
        (3,),
        lambda x, kernel: reference.gelu(x @ kernel, False),
        (("kernel", (5, 3)),),
    ),
    case(
        "dense and elu",
        layers.Dense,
        {"units": 3, "activation": "elu", "use_bias": False},
        (5,),
        (3,),
        lambda x, kernel: reference.elu(x @ kernel),
        (("kernel", (5, 3)),),
    ),
    case("ReLU", layers.ReLU, {}, IMAGE, IMAGE, reference.relu),
    case(
        "ReLU with parameters",
        layers.ReLU,
        {"max_value": 0.75, "negative_slope": 0.25, "threshold": 0.5},
        (9,),
        (9,),
        lambda x: reference.relu(x, 0.25, 0.75, 0.5),
    ),
    case("LeakyReLU", layers.LeakyReLU, {}, IMAGE, IMAGE, lambda x: reference.leaky_relu(x, 0.3)),
    case("ELU", layers.ELU, {"alpha": 0.5}, IMAGE, IMAGE, lambda x: reference.elu(x, 0.5)),
    case("PReLU", layers.PReLU, {"alpha_initializer": "ones"}, (9,), (9,), reference.prelu, (("alpha", (9,)),)),
    case(
        "PReLU with shared axes",
        layers.PReLU,
        {"shared_axes": [1, 2]},
        (2, 2, 3),
        (2, 2, 3),
        reference.prelu,
        (("alpha", (1, 1, 3)),),
    ),
    case("Softmax of rows", layers.Softmax, {"axis": -3}, IMAGE, IMAGE, lambda x: reference.softmax(x, 1)),
    case(
        "Softmax of all pixels",
        layers.Softmax,
        {"axis": [1, 2]},
        IMAGE,
        IMAGE,
        lambda x: reference.softmax(x.reshape(len(x), 35, 4), 1).reshape(x.shape),
    ),
    case("Softmax", layers.Softmax, {"axis": 3}, IMAGE, IMAGE, reference.softmax),
    normalized(
        "group norm",
        layers.GroupNormalization,
        {"groups": 2, "epsilon": 0.01},
        lambda x, *scale: reference.group_norm(x, *scale, groups=2, epsilon=0.01),
        gamma=(4,),
        beta=(4,),
    ),
    normalized(
        "group norm without scale",
        layers.GroupNormalization,
        {"groups": -1, "axis": 3, "scale": False},
        lambda x, beta: reference.instance_norm(x, None, beta),
        beta=(4,),
    ),
    normalized("instance norm", layers.InstanceNormalization, {}, reference.instance_norm, gamma=(4,), beta=(4,)),
    normalized("layer norm", layers.LayerNormalization, {}, reference.layer_norm, gamma=(4,), beta=(4,)),
    normalized(
        "layer norm of two axes",
        layers.LayerNormalization,
        {"axis": [2, 3], "center": False},
        lambda x, gamma: reference.layer_norm(x, gamma, axis=(2, 3)),
        gamma=(5, 4),
    ),
    normalized("plain layer norm", layers.LayerNormalization, {"center": False, "scale": False}, reference.layer_norm),
    normalized("rms norm", layers.RMSNormalization, {}, reference.rms_norm, scale=(4,)),
    normalized("unit norm", layers.UnitNormalization, {"axis": [2, 3]}, lambda x: reference.unit_norm(x, (2, 3))),
    case(
        "lrn",
        layers.LocalResponseNormalization,
        {"size": 2, "alpha": 0.5, "beta": 0.6, "alpha_divided_by_size": True},
        IMAGE,
        IMAGE,
        lambda x: reference.lrn(x, size=2, alpha=0.5, beta=0.6, alpha_divided_by_size=True),
    ),
    case(
        "lrn within channel",
        layers.LocalResponseNormalization,
        {"size": 3, "alpha": 0.5, "bias": 1.5, "mode": "within_channel"},
        (3, 4, 2, 2),
        (3, 4, 2, 2),
        lambda x: reference.lrn(x, size=3, alpha=0.5, bias=1.5, mode="within_channel"),
    ),
    case(
        "resizing",
        layers.Resizing,
        {"height": 4, "width": 9},
        IMAGE,
        (4, 9, 4),
        lambda x: reference.resize(x, (4, 9)),
    ),
    case(
        "resizing nearest",
        layers.Resizing,
        {"height": 11, "width": 3, "interpolation": "nearest"},
        IMAGE,
        (11, 3, 4),
        lambda x: reference.resize(x, (11, 3), "nearest"),
    ),
    case("rescaling", layers.Rescaling, {"scale": 0.25, "offset": -3}, IMAGE, IMAGE, lambda x: x * 0.25 - 3),
    case("input", layers.InputLayer, {"shape": IMAGE}, IMAGE, IMAGE, same),
]
contract = pytest.mark.parametrize(
    ("layer_class", "arguments", "input_shape", "output_shape", "weights", "expected"), CASES
)


def samples(rng, shape, dtype=np.float64, count=2):
    """Distinct numbers well apart and away from 0: no kink of a ReLU or a maximum within a numeric step."""
    size = count * int(np.prod(shape))
    return rng.permutation(np.linspace(-1, 1, size + size % 2)[:size]).reshape(count, *shape).astype(dtype)


def made(layer_class, arguments, dtype="float32"):
    return layer_class(**arguments, dtype=dtype)


@contract
def test_configuration_makes_the_same_layer(layer_class, arguments, input_shape, output_shape, weights, expected):
    layer = layer_class(**arguments, name="mine")
    config = json.loads(json.dumps(layer.get_config()))
    assert {*arguments, "name"} - {"shape"} <= set(config)
    assert config["name"] == "mine"
    again = layer_class.from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert again.compute_output_shape((None, *input_shape)) == layer.compute_output_shape((None, *input_shape))


@contract
def test_build_makes_the_weights(layer_class, arguments, input_shape, output_shape, weights, expected):
    layer = layer_class(**arguments)
    assert layer.built == (layer_class is layers.InputLayer) and layer.weights == []
    layer.build((None, *input_shape))
    assert layer.built
    assert [(weight.name, weight.shape) for weight in layer.weights] == list(weights)
    assert layer.count_params() == sum(int(np.prod(shape)) for _, shape in weights)
    before = layer.weights
    layer.build((None, *input_shape))
    assert all(one is two for one, two in zip(layer.weights, before, strict=True))
    for name, _ in weights:
        assert getattr(layer, name) in before


@contract
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_said_and_computed_shapes(layer_class, arguments, input_shape, output_shape, weights, expected, dtype, rng):
    layer = made(layer_class, arguments, dtype)
    assert layer.compute_output_shape((None, *input_shape)) == (None, *output_shape)
    assert layer.compute_output_shape((9, *input_shape)) == (9, *output_shape)
    for count in (0, 1, 3):
        y = layer(samples(rng, input_shape, np.float32, count))
        assert (y.shape, y.dtype) == ((count, *output_shape), dtype)


@contract
def test_values(layer_class, arguments, input_shape, output_shape, weights, expected, rng):
    for dtype in ("float32", "float64"):
        layer = made(layer_class, arguments, dtype)
        layer.build((None, *input_shape))
        layer.set_weights([rng.normal(size=shape) for _, shape in weights])
        x = samples(rng, input_shape, dtype)
        values = [weight.numpy().astype(np.float64) for weight in layer.weights]
        magnitudes = [np.abs(value) for value in values]
        # Every output is a sum of at most 48 products followed by a function of slope <= 1.
        bound = 4 + 48 * np.prod([max(m.max(), 1.0) for m in magnitudes])
        assert_near(layer(x), expected(x.astype(np.float64), *values), bound)


@contract
def test_gradients(layer_class, arguments, input_shape, output_shape, weights, expected, rng):
    layer = made(layer_class, arguments, "float64")
    layer.build((None, *input_shape))
    layer.set_weights([rng.normal(size=shape) for _, shape in weights])
    network = describe(layer, input_shape)
    views = parameter_views(network, layer)
    for view, weight in zip(views, layer.weights, strict=True):
        view[...] = weight.value
    network.touch()
    x, dy = samples(rng, input_shape), rng.normal(size=(2, *output_shape))
    y, dx, dweights = network.gradients(x, dy, training=False)
    assert_same_bits(y, network.forward(x, False))

    def total(*operands):
        return float(np.sum(dy * expected(*operands)))

    operands = [x, *(weight.numpy() for weight in layer.weights)]
    for position, gradient in enumerate([dx, *dweights]):

        def of_one(array, position=position):
            return total(*operands[:position], array, *operands[position + 1 :])

        numeric = numeric_gradient(of_one, operands[position])
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8 * max(1.0, np.abs(numeric).max()))


def test_dropout_in_training(rng):
    layer = layers.Dropout(0.25, seed=5)
    x = np.ones((50, 40), np.float32)
    y = layer(x, training=True)
    assert set(np.unique(y)) == {0, np.float32(1) / np.float32(0.75)}
    assert 0.2 < np.mean(y == 0) < 0.3
    assert_same_bits(layer(x, training=True), y)
    assert_same_bits(layer(x), x)
    network = describe(layers.Dropout(0.25, dtype="float64"), (40,))
    network.seed = 11
    dy = rng.normal(size=(50, 40))
    y, dx, _ = network.gradients(x, dy, training=True)
    np.testing.assert_allclose(dx, dy * y, rtol=1e-15)
    assert np.any(y == 0)


def test_dropout_without_a_seed_draws_anew():
    pycnn.utils.set_random_seed(3)
    layer, x = layers.Dropout(0.5), np.ones((1, 200))
    first, second = layer(x, training=True), layer(x, training=True)
    assert not np.array_equal(first, second)
    pycnn.utils.set_random_seed(3)
    assert_same_bits(layer(x, training=True), first)


def test_two_dropouts_in_a_model_differ():
    x = np.ones((1, 500), np.float32)
    model = pycnn.Sequential([layers.Input((500,)), layers.Dropout(0.5), layers.Dropout(0.5)])
    kept = np.mean(model(x, training=True) != 0)
    assert 0.15 < kept < 0.35


@pytest.mark.parametrize("training", [False, True])
def test_eager_calls_use_the_current_weights(training, rng):
    layer = layers.Dense(2, use_bias=False)
    x = np.eye(3, dtype=np.float32)
    layer.build((None, 3))
    assert_same_bits(layer(x, training=training), layer.kernel.numpy())
    model = pycnn.Sequential([layers.Input((3,)), layer])
    for _ in range(2):
        layer.kernel.assign(rng.normal(size=(3, 2)))
        assert_same_bits(layer(x, training=training), layer.kernel.numpy())
        assert_same_bits(model.predict(x, verbose=0), layer.kernel.numpy())


def test_samples_may_be_single_numbers():
    assert layers.ReLU()([-1.0, 2.0]).tolist() == [0.0, 2.0]
    assert layers.Reshape((1, 1))([3, 4]).shape == (2, 1, 1)


def test_initializers_reach_the_weights():
    layer = layers.Conv2D(4, 3, kernel_initializer="ones", bias_initializer=pycnn.initializers.Constant(0.5))
    layer.build((None, 8, 8, 2))
    assert np.all(layer.kernel.numpy() == 1) and np.all(layer.bias.numpy() == 0.5)


def test_weights_can_be_set_and_got(rng):
    layer = layers.Dense(2, name="mine")
    layer.build((None, 3))
    values = [rng.normal(size=(3, 2)).astype(np.float32), np.ones(2, np.float32)]
    layer.set_weights(values)
    for got, value in zip(layer.get_weights(), values, strict=True):
        assert_same_bits(got, value)
    with pytest.raises(ValueError, match=r"\[set_weights\] mine has 2 weights; got len\(weights\)=1"):
        layer.set_weights(values[:1])
    with pytest.raises(ValueError, match=r"\[set_weights\] bias must have shape \(2,\); got shape=\(3,\)"):
        layer.set_weights([values[0] + 1, np.ones(3)])
    assert_same_bits(layer.kernel.numpy(), values[0])


def test_variables():
    weight = layers.Variable(np.zeros((2, 3), np.float32), "kernel")
    weight.assign(np.arange(6).reshape(2, 3))
    assert (weight.shape, weight.dtype, weight.name, weight.trainable) == ((2, 3), "float32", "kernel", True)
    assert np.asarray(weight).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert np.asarray(weight, np.float64).dtype == np.float64
    got = weight.numpy()
    got[0, 0] = 9
    assert weight.value[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        weight.value[0, 0] = 1
    for value in (np.zeros(3), 1.0, np.zeros((3, 2))):
        with pytest.raises(ValueError, match=r"\[assign\] kernel must have shape \(2, 3\); got shape="):
            weight.assign(value)
    with pytest.raises(TypeError, match=r"\[assign\] kernel must hold real numbers; got dtype=object"):
        weight.assign(np.zeros((2, 3), object))


def test_a_built_layer_keeps_its_weights():
    layer = layers.Dense(2, name="mine")
    layer.build((None, 3))
    with pytest.raises(ValueError, match=r"\[Dense\] mine already has weights for input_shape=\(None, 3\); got"):
        layer.build((None, 4))
    with pytest.raises(ValueError, match=r"\[Dense\] the weights of mine have shapes"):
        layer(np.ones((1, 4)))


def test_a_build_that_fails_leaves_no_weights():
    layer = layers.Conv2D(4, 5)
    with pytest.raises(ValueError, match="kernel"):
        layer.build((None, 3, 3, 1))
    assert not layer.built and layer.weights == []
    layer.build((None, 8, 8, 2))
    assert layer.kernel.shape == (5, 5, 2, 4)


def test_names_count_up():
    first, second = layers.AveragePooling2D(2), layers.AveragePooling2D(2)
    stem, number = second.name.rsplit("_", 1)
    assert stem == "average_pooling2d" and int(number) >= 1 and first.name != second.name


def test_the_dtype_follows_floatx():
    pycnn.config.set_floatx("float64")
    try:
        assert layers.Dense(1)(np.ones((1, 2), np.float32)).dtype == np.float64
    finally:
        pycnn.config.set_floatx("float32")
    assert layers.Dense(1)(np.ones((1, 2))).dtype == np.float32
