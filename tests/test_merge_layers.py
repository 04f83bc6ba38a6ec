"""Layers of several inputs: shapes, values and gradients against the oracles, configuration, refusals."""

import json

import numpy as np
import pytest

import pycnn
from pycnn import _core, layers
from pycnn.layers.node import describe
from pycnn.saving import deserialize_keras_object, serialize_keras_object
from tests import reference
from tests.checks import assert_all_near, assert_gradients, assert_near, assert_same_bits, unmodified

ELEMENTWISE = {
    layers.Add: "add",
    layers.Subtract: "subtract",
    layers.Multiply: "multiply",
    layers.Average: "average",
    layers.Maximum: "maximum",
    layers.Minimum: "minimum",
}
elementwise = pytest.mark.parametrize("layer", ELEMENTWISE)

# Shapes of samples; they are aligned at their last axes, as Keras does it.
SHAPES = [
    ((5, 4, 3), (5, 4, 3)),
    ((5, 4, 16), (16,)),
    ((1, 1, 17), (5, 4, 17)),
    ((5, 4, 1), (5, 4, 33)),
    ((5, 1), (1, 3)),
    ((), (3,)),
    ((6,), (6,), (6,)),
    ((3,), (2, 1), (2, 3), (1, 1)),
    ((7,),),
]
shapes = pytest.mark.parametrize("shapes", SHAPES)


def skip_impossible(layer, count):
    return layer is layers.Subtract and count != 2


def batches(rng, shapes, count=3, dtype=np.float64):
    return [rng.normal(size=(count, *shape)).astype(dtype) for shape in shapes]


def aligned(xs):
    """Axes of size 1 behind the batch axis, so that all have as many."""
    rank = max(x.ndim for x in xs)
    return [x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) for x in xs]


@elementwise
@shapes
def test_values_and_gradients(layer, shapes, rng):
    name = ELEMENTWISE[layer]
    if skip_impossible(layer, len(shapes)):
        return
    for dtype in ("float32", "float64"):
        made = layer(dtype=dtype)
        xs = batches(rng, shapes, dtype=dtype)
        with unmodified(*xs):
            y = made(xs)
        expected = getattr(reference, name)(*aligned(xs))
        assert y.dtype == dtype
        assert_near(y, expected, sum(np.abs(x) for x in aligned(xs)) if name != "multiply" else np.abs(expected))
        assert made.compute_output_shape([(None, *shape) for shape in shapes]) == (None, *expected.shape[1:])
        assert made.compute_output_shape([(3, *shape) for shape in shapes]) == expected.shape

        dy = rng.normal(size=expected.shape).astype(dtype)
        same, dx, _ = describe(made, *shapes).gradients(xs, dy, training=True)
        assert_same_bits(same, y)
        gradient = getattr(reference, f"{name}_grad")
        magnitude = [np.abs(part) for part in gradient(np.abs(dy), *(np.abs(x) for x in aligned(xs)))]
        if name in ("maximum", "minimum", "subtract"):
            magnitude = reference.add_grad(np.abs(dy), *aligned(xs))
        right = [part.reshape(x.shape) for part, x in zip(gradient(dy, *aligned(xs)), xs, strict=True)]
        assert_all_near(dx, right, [m.reshape(x.shape) for m, x in zip(magnitude, xs, strict=True)])


@elementwise
def test_numeric_gradient(layer, rng):
    xs = batches(rng, [(4, 3), (1, 3)])
    network = describe(layer(dtype="float64"), *(x.shape[1:] for x in xs))
    dy = rng.normal(size=(3, 4, 3))
    _, dx, _ = network.gradients(xs, dy, training=False)
    assert_gradients(lambda *arrays: network.forward(arrays, False), tuple(dx), xs, dy)


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2, -3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_concatenate(axis, dtype, rng):
    at = axis - 1 if axis > 0 else axis
    shapes = [[3, 5, 2], [3, 5, 2], [3, 5, 2]]
    for shape, extent in zip(shapes, (4, 1, 7), strict=True):
        shape[at] = extent
    layer = layers.Concatenate(axis=axis, dtype=dtype)
    xs = batches(rng, shapes, dtype=dtype)
    expected = np.concatenate(xs, axis)
    assert_same_bits(layer(xs), expected)
    assert layer.compute_output_shape([(None, *shape) for shape in shapes]) == (None, *expected.shape[1:])
    _, dx, _ = describe(layer, *shapes).gradients(xs, expected, training=True)
    assert_same_bits(tuple(dx), tuple(xs))


@elementwise
def test_three_equal_inputs(layer, rng):
    """Ties of more than two, as Keras 3.12 on JAX gives them: halves, from the last back to the first."""
    if skip_impossible(layer, 3):
        return
    ones = np.ones((1, 1))
    _, dx, _ = describe(layer(dtype="float64"), (1,), (1,), (1,)).gradients([ones] * 3, ones, training=True)
    shares = {"average": [1 / 3] * 3, "maximum": [0.25, 0.25, 0.5], "minimum": [0.25, 0.25, 0.5]}
    assert [part.item() for part in dx] == shares.get(ELEMENTWISE[layer], [1, 1, 1])


@pytest.mark.parametrize("layer", [*ELEMENTWISE, layers.Concatenate])
def test_configuration(layer):
    assert layer.__name__ in layers.__all__
    made = layer(name="mine", dtype="float64", **({"axis": 2} if layer is layers.Concatenate else {}))
    config = json.loads(json.dumps(made.get_config()))
    assert json.loads(json.dumps(layer.from_config(config).get_config())) == config
    again = deserialize_keras_object(serialize_keras_object(made))
    assert type(again) is layer and again.get_config() == made.get_config()
    assert layer().name.startswith(layer.__name__.lower())


def test_kinds_of_inputs(rng):
    """Lists, tuples and anything array-like; bytes and integers are converted; no samples; other shapes later."""
    layer = layers.Add()
    assert layer(([[1, 2]], np.uint8([[3, 4]]))).tolist() == [[4.0, 6.0]]
    assert layer([np.zeros((0, 2)), np.zeros((0, 2))]).shape == (0, 2)
    assert layer([np.ones((2, 3, 1)), np.ones((2, 1, 4))]).shape == (2, 3, 4)
    assert layer.build_shape == ((None, 2), (None, 2))
    x = rng.normal(size=(4, 6)).astype(np.float32)
    assert_same_bits(layer([x[:, ::2], x[:, ::-2]]), x[:, ::2] + x[:, ::-2])


REFUSED = {
    "an array": (layers.Add, lambda layer: layer(np.ones((2, 3))), "list of arrays"),
    "nothing": (layers.Add, lambda layer: layer([]), "list of arrays"),
    "a number in the list": (layers.Add, lambda layer: layer([np.ones(2), 1.0]), r"inputs\[1\] must have a batch axis"),
    "batches": (layers.Add, lambda layer: layer([np.ones((2, 3)), np.ones((1, 3))]), "as many samples"),
    "shapes": (layers.Add, lambda layer: layer([np.ones((2, 3)), np.ones((2, 4))]), "equal sizes, or 1"),
    "ragged": (layers.Add, lambda layer: layer([[[1.0]], [[1.0], [1.0, 2.0]]]), r"inputs\[1\]"),
    "three to subtract": (layers.Subtract, lambda layer: layer([np.ones((2, 3))] * 3), "two inputs; got 3"),
    "one to subtract": (layers.Subtract, lambda layer: layer([np.ones((2, 3))]), "two inputs; got 1"),
    "one shape": (layers.Add, lambda layer: layer.build((None, 3)), "list of shapes"),
    "no shape": (layers.Add, lambda layer: layer.build([]), "list of shapes"),
    "unknown size": (layers.Add, lambda layer: layer.build([(None, 3), (None, None)]), r"input_shape\[1\]"),
    "batch sizes": (layers.Add, lambda layer: layer.compute_output_shape([(2, 3), (4, 3)]), "one batch size"),
    "in a stack": (layers.Add, lambda layer: pycnn.Sequential([pycnn.Input((3,)), layer]), "list of shapes"),
    "other axes": (layers.Concatenate, lambda layer: layer([np.ones((2, 3, 1)), np.ones((2, 4, 1))]), "equal shapes"),
    "ranks": (layers.Concatenate, lambda layer: layer([np.ones((2, 3)), np.ones((2, 3, 1))]), "equal shapes"),
    "no axes": (layers.Concatenate, lambda layer: layer([np.ones(2), np.ones(2)]), "axis"),
    "batch axis": (layers.Concatenate, lambda layer: type(layer)(axis=0), "axis must not be the batch axis"),
    "batch axis from behind": (
        layers.Concatenate,
        lambda layer: type(layer)(axis=-2)([np.ones((2, 3))] * 2),
        "axis=-2",
    ),
    "axis beyond": (layers.Concatenate, lambda layer: type(layer)(axis=2)([np.ones((2, 3))] * 2), "axis=2"),
    "axis of floats": (layers.Concatenate, lambda layer: type(layer)(axis=1.0), "axis"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    layer, call, message = REFUSED[what]
    with pytest.raises(ValueError, match=rf"^\[\w+\] .*{message}") as caught:
        call(layer())
    assert "got" in str(caught.value)


def test_network_of_two_inputs(rng):
    """A residual network described to the core by layers, trained on lists of arrays; threads and batches keep bits."""
    graph = _core.Graph("float32")
    image, marks = graph.input((6, 6, 2)), graph.input((3,))
    same = {"padding": "same", "activation": "relu"}
    start = layers.Conv2D(4, 3, **same).add_to(graph, [image])
    block = layers.Conv2D(4, 3, padding="same").add_to(graph, [start])
    block = layers.Add().add_to(graph, [block, start])
    gate = layers.Dense(4, activation="sigmoid").add_to(graph, [marks])
    block = layers.Multiply().add_to(graph, [block, gate])
    joined = layers.Concatenate().add_to(graph, [layers.Flatten().add_to(graph, [block]), marks])
    network = _core.Network(graph, layers.Dense(2).add_to(graph, [joined]))
    for _, name, view, _ in network.parameters():
        view[...] = 0 if name == "bias" else rng.normal(size=view.shape) / np.sqrt(np.prod(view.shape[:-1]))
    network.touch()
    network.compile([{"loss": "mean_squared_error"}], {"name": "adam", "learning_rate": 0.01})

    x = (rng.integers(0, 255, (40, 6, 6, 2)).astype(np.uint8), rng.normal(size=(40, 3)))
    y = np.stack([x[1][:, 0] * (x[0].mean(axis=(1, 2, 3)) / 128 - 1), x[1][:, 1]], axis=1).astype(np.float32)
    rows = rng.permutation(40)
    losses = [network.train_step(x, y, rows, epoch)[0] for epoch in range(200)]
    assert losses[-1] < 0.1 * losses[0]
    predicted = network.predict(list(x), 7)
    assert_same_bits(predicted, network.predict(x, 40))
    assert_near(np.float32([network.test_step(x, y, rows)[0]]), [np.mean((predicted - y) ** 2)], 1.0, units=100)

    with pytest.raises(TypeError, match=r"x\[1\] must be an array; got <class 'list'>"):
        network.predict([x[0], [1.0]], 7)
    for wrong, message in {
        "one": (x[0], "each of the 2 inputs; got 1"),
        "exchanged": (x[::-1], r"x\[0\] must hold samples of shape \(6, 6, 2\); got x\[0\].shape=\(40, 3\)"),
        "rows": ((x[0], x[1][:3]), r"as many rows; got 40 in x\[0\] and 3 in x\[1\]"),
    }.values():
        with pytest.raises(ValueError, match=message):
            network.train_step(wrong, y, rows, 0)
