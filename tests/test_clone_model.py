"""clone_model: new layers and weights in the same graph."""

import numpy as np
import pytest

import pycnn
from pycnn import Input, Model, Sequential, layers
from pycnn.models import clone_model
from tests.checks import assert_same_bits

X = np.random.default_rng(0).normal(size=(3, 6, 6, 2)).astype(np.float32)
ROWS = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def stack():
    return Sequential(
        [Input((6, 6, 2)), layers.Conv2D(3, 3, name="conv"), layers.BatchNormalization(), layers.Flatten()],
        name="stack",
    )


def graph():
    images, rows = Input((6, 6, 2), name="images"), Input((4,), name="rows")
    shared = layers.Dense(4, name="shared")
    x = layers.GlobalAveragePooling2D()(stack_of_convolutions(images))
    x = layers.Add()([shared(shared(x)), 2 * rows])
    return Model({"a": images, "b": rows}, [layers.Dense(2, name="out")(x), x[:, :1]], name="graph")


def stack_of_convolutions(x):
    return Sequential([layers.Conv2D(4, 3, activation="relu", name="inner_conv")], name="inner")(x)


def assert_twins(model, twin, data):
    """The same graph with weights of its own."""
    assert type(twin) is type(model) and twin.name == model.name and twin is not model
    names = [layer.name for layer in model.layers]
    assert [layer.name for layer in twin.layers] == names
    assert not {id(layer) for layer in model.layers} & {id(layer) for layer in twin.layers}
    assert [weight.shape for weight in twin.weights] == [weight.shape for weight in model.weights]
    assert any(not np.array_equal(a, b) for a, b in zip(twin.get_weights(), model.get_weights(), strict=True))
    twin.set_weights(model.get_weights())
    one, two = model.predict(data, verbose=0), twin.predict(data, verbose=0)
    for left, right in zip(*(each if isinstance(each, list) else [each] for each in (one, two)), strict=True):
        assert_same_bits(left, right)


@pytest.mark.parametrize("options", [{}, {"clone_function": lambda layer: type(layer).from_config(layer.get_config())}])
def test_clones(options):
    model = stack()
    assert_twins(model, clone_model(model, **options), X)
    model = graph()
    twin = clone_model(model, **options)
    assert_twins(model, twin, {"a": X, "b": ROWS})
    assert len(twin.get_layer("shared").symbolic_calls) == 2


def test_a_model_that_is_not_built_stays_so():
    model = Sequential([layers.Dense(2)])
    for twin in (clone_model(model), clone_model(model, clone_function=lambda layer: layers.Dense(3))):
        assert not twin.built
    assert twin(ROWS).shape == (3, 3)


def test_frozen_layers_stay_frozen():
    model = graph()
    model.get_layer("shared").trainable = False
    assert not clone_model(model).get_layer("shared").trainable


def widened(layer):
    config = layer.get_config()
    return type(layer).from_config({**config, "filters": 5} if "filters" in config else config)


def test_clone_function_and_recursion():
    asked = []

    def note(layer):
        asked.append(layer.name)
        return widened(layer)

    flat = clone_model(graph(), clone_function=note)
    assert sorted(asked) == sorted(layer.name for layer in graph_layers(flat)) and asked.count("shared") == 1
    assert flat.get_layer("inner").layers[0].filters == 4
    images = Input((6, 6, 2))
    model = Model(images, layers.GlobalAveragePooling2D()(stack_of_convolutions(images)))
    twin = clone_model(model, clone_function=widened, recursive=True)
    assert twin.get_layer("inner").layers[0].filters == 5 and twin.output_shape == (None, 5)


def graph_layers(model):
    return [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]


def test_input_tensors():
    wide = Input((8, 8, 2), name="wide")
    twin = clone_model(stack(), input_tensors=wide)
    assert twin.input_shape == (None, 8, 8, 2) and twin.output_shape == (None, 108)
    twin = clone_model(graph(), input_tensors=[wide, Input((4,))])
    assert twin.input_shape == {"a": (None, 8, 8, 2), "b": (None, 4)}


def test_call_function():
    def relu_behind(layer, *operands):
        outputs = layer(*operands)
        return layers.ReLU()(outputs) if layer.name == "out" else outputs

    model = graph()
    twin = clone_model(model, call_function=relu_behind)
    twin.set_weights(model.get_weights())
    one, two = (each.predict({"a": X, "b": ROWS}, verbose=0) for each in (model, twin))
    np.testing.assert_array_equal(two[0], np.maximum(one[0], 0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clone_model(stack(), call_function=print), r"\[clone_model\] call_function is for graphs only"),
        (
            lambda: clone_model(stack(), [Input((3,)), Input((3,))]),
            r"\[clone_model\] input_tensors must be .*, 1 of them",
        ),
        (
            lambda: clone_model(graph(), Input((3,))),
            r"\[clone_model\] input_tensors must be symbolic tensors, 2 of them",
        ),
        (lambda: clone_model(graph(), [X, ROWS]), r"\[clone_model\] input_tensors must be symbolic tensors"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_top_level_name():
    assert pycnn.models.clone_model is clone_model


def test_configurations_with_custom_objects():
    class Twice(layers.Layer):
        def forward(self, inputs, training, **step):
            return 2 * inputs

        def backward(self, dy):
            return 2 * dy

    x = Input((3,))
    for model in (Sequential([Input((3,)), Twice()]), Model(x, Twice()(x))):
        with pytest.raises(ValueError, match="Twice"):
            type(model).from_config(model.get_config())
        again = type(model).from_config(model.get_config(), custom_objects={"Twice": Twice})
        assert again.predict([[1.0, 2.0, 3.0]], verbose=0).tolist() == [[2, 4, 6]]
        assert clone_model(model, clone_function=lambda layer: Twice()).output_shape == (None, 3)
