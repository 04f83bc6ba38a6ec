"""Functional models: graphs of layers between symbolic tensors, and what is refused of them."""

import copy
import pickle

import numpy as np
import pytest

import pycnn
from pycnn import Input, Model, Sequential, layers, optimizers


def residual(inputs=(6, 5, 3), dtype="float32"):
    """Two paths, a sum, two heads."""
    x = Input(inputs, name="image", dtype=dtype)
    same = {"padding": "same", "dtype": dtype}
    first = layers.Conv2D(4, 3, activation="relu", name="first", **same)(x)
    second = layers.BatchNormalization(dtype=dtype, name="norm")(layers.Conv2D(4, 3, name="second", **same)(first))
    joined = layers.ReLU(dtype=dtype, name="joined")(first + second)
    pooled = layers.GlobalAveragePooling2D(dtype=dtype, name="pooled")(joined)
    label = layers.Dense(3, activation="softmax", dtype=dtype, name="label")(pooled)
    number = layers.Dense(2, dtype=dtype, name="number")(layers.Concatenate(dtype=dtype)([pooled, 2 * pooled - 1]))
    return Model(x, {"label": label, "number": number})


def data(samples=12):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(samples, 6, 5, 3)).astype("float32")
    return x, {"label": rng.integers(0, 3, samples), "number": rng.normal(size=(samples, 2)).astype("float32")}


def test_layers_come_in_keras_s_order():
    model = residual()
    names = ["image", "first", "second", "norm", "joined", "pooled", "concatenate", "label", "number"]
    assert [layer.name.split("_")[0] for layer in model.layers] == names
    assert model.input_shape == (None, 6, 5, 3)
    assert model.output_shape == {"label": (None, 3), "number": (None, 2)}
    assert (model.input_names, model.output_names) == (["image"], ["label", "number"])
    assert model.get_layer("norm").input.name == "second" and model.get_layer(index=0).name == "image"


def test_the_graph_is_what_its_layers_are_one_by_one():
    model, (x, _) = residual(), data()
    first = model.get_layer("first")(x)
    second = model.get_layer("norm")(model.get_layer("second")(first))
    pooled = model.get_layer("pooled")(model.get_layer("joined")(first + second))
    outputs = model.predict(x, verbose=0)
    np.testing.assert_array_equal(outputs["label"], model.get_layer("label")(pooled))
    joined = np.concatenate([pooled, 2 * pooled - 1], axis=-1)
    np.testing.assert_array_equal(outputs["number"], model.get_layer("number")(joined))
    again = model(x)
    assert all(np.array_equal(again[name], outputs[name]) for name in outputs)


def test_outputs_train_together():
    model, (x, y) = residual(), data()
    model.compile(
        optimizers.Adam(0.01),
        loss={"label": "sparse_categorical_crossentropy", "number": "mse"},
        loss_weights={"number": 0.5},
        metrics={"label": ["accuracy"], "number": ["mae"]},
    )
    history = model.fit(x, y, batch_size=4, epochs=30, verbose=0).history
    assert set(history) == {"loss", "label_loss", "number_loss", "label_accuracy", "number_mae"}
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["label_loss"] + 0.5 * logs["number_loss"], rel=1e-6)
    outputs = model.predict(x, verbose=0)
    assert logs["number_mae"] == pytest.approx(np.abs(outputs["number"] - y["number"]).mean(), rel=1e-5)
    assert logs["label_accuracy"] == np.mean(outputs["label"].argmax(axis=-1) == y["label"])
    assert model.evaluate(x, y, verbose=0) == [logs[name] for name in model.metrics_names]


def test_an_output_without_a_loss_is_left_alone():
    model, (x, y) = residual(), data()
    model.compile("sgd", loss={"label": "sparse_categorical_crossentropy"})
    before = model.get_layer("number").get_weights()
    model.fit(x, {"label": y["label"]}, verbose=0)
    for old, new in zip(before, model.get_layer("number").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_inputs_as_lists_and_dictionaries(rng):
    a, b = Input((3,), name="a"), Input((2,), name="b")
    model = Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    x = [rng.normal(size=(5, 3)), rng.normal(size=(5, 2))]
    expected = np.concatenate(x, axis=-1) @ model.layers[-1].kernel.numpy() + model.layers[-1].bias.numpy()
    named = {"b": x[1], "a": x[0]}
    for given in (x, tuple(x), named):
        np.testing.assert_allclose(model.predict(given, verbose=0), expected, rtol=1e-5, atol=1e-6)
    by_name = Model({"a": a, "b": b}, model.output)
    np.testing.assert_array_equal(by_name.predict(named, verbose=0), model.predict(x, verbose=0))
    model.compile("sgd", "mse")
    first = model.train_on_batch(named, np.zeros((5, 2)))
    assert first > 0 and model.test_on_batch(x, np.zeros((5, 2))) < first


def test_a_shared_layer_has_one_set_of_weights(rng):
    a, b, shared = Input((3,), dtype="float64"), Input((3,), dtype="float64"), layers.Dense(4, dtype="float64")
    model = Model([a, b], layers.Multiply(dtype="float64")([shared(a), shared(b)]))
    assert len(model.weights) == 2 and model.count_params() == 16
    x = [rng.normal(size=(5, 3)) for _ in range(2)]
    dy = rng.normal(size=(5, 4))
    kernel, bias = rng.normal(size=(3, 4)), rng.normal(size=4)
    model.set_weights([kernel, bias])
    left, right = (each @ kernel + bias for each in x)
    y, dx, (dkernel, dbias) = model.ready_network().gradients(x, dy, training=True)
    np.testing.assert_allclose(y, left * right, rtol=1e-12)
    np.testing.assert_allclose(dx[0], dy * right @ kernel.T, rtol=1e-12)
    np.testing.assert_allclose(dkernel, x[0].T @ (dy * right) + x[1].T @ (dy * left), rtol=1e-12)
    np.testing.assert_allclose(dbias, (dy * (left + right)).sum(axis=0), rtol=1e-12)


def test_a_shared_convolution_on_images_of_two_sizes():
    conv = layers.Conv2D(2, 3)
    a, b = Input((5, 5, 1)), Input((9, 7, 1))
    pool = layers.GlobalMaxPooling2D()
    model = Model([a, b], layers.Add()([pool(conv(a)), pool(conv(b))]))
    model.compile("adam", "mse")
    x = [np.ones((4, 5, 5, 1)), np.ones((4, 9, 7, 1))]
    losses = model.fit(x, np.ones((4, 2)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and len(model.weights) == 2


def test_models_nest(rng):
    encoder = Sequential([Input((6,)), layers.Dense(3, activation="tanh")], name="encoder")
    decoder_input = Input((3,))
    decoder = Model(decoder_input, [layers.Dense(6)(decoder_input), decoder_input * 1.0], name="decoder")
    x = Input((6,))
    code = encoder(x)
    back, same = decoder(code)
    model = Model(x, [back, same, code])
    values = rng.normal(size=(4, 6)).astype("float32")
    outputs = model.predict(values, verbose=0)
    np.testing.assert_array_equal(outputs[0], decoder.predict(encoder.predict(values, verbose=0), verbose=0)[0])
    np.testing.assert_array_equal(outputs[1], outputs[2])
    assert [weight.shape for weight in model.weights] == [(6, 3), (3,), (3, 6), (6,)]
    model.compile("sgd", ["mse", None, None])
    before = encoder.get_weights()[0]
    model.fit(values, [values, None, None], verbose=0)
    assert not np.array_equal(before, encoder.get_weights()[0])  # the models share their weights
    np.testing.assert_array_equal(model.predict(values, verbose=0)[2], encoder.predict(values, verbose=0))


def test_a_model_is_cut_at_any_tensor():
    model, (x, _) = residual(), data()
    features = Model(model.input, model.get_layer("joined").output)
    assert features.predict(x, verbose=0).shape == (12, 6, 5, 4)
    head = Model(model.get_layer("joined").output, model.outputs)
    assert head.input_shape == (None, 6, 5, 4) and not any(layer.name == "first" for layer in head.layers)
    label, number = head.predict(features.predict(x, verbose=0), verbose=0)
    whole = model.predict(x, verbose=0)
    np.testing.assert_array_equal(label, whole["label"])
    np.testing.assert_array_equal(number, whole["number"])
    stack = Sequential([Input((4,)), layers.Dense(3, name="inner"), layers.Dense(2)])
    inner = Model(stack.inputs, stack.get_layer("inner").output)
    np.testing.assert_array_equal(inner.predict(np.ones((2, 4)), verbose=0), stack.layers[0](np.ones((2, 4))))


def test_a_model_is_cut_at_tensors_of_one_layer():
    x, z = Input((3,)), Input((3,))
    double, triple = Model(x, [2 * x, 3 * x], name="both")(z)
    values = [np.full((1, 3), number, np.float32) for number in (5.0, 7.0)]

    def outputs(inputs, made):
        return Model(inputs, made).predict(values[: len(inputs)], verbose=0)[0, 0]

    assert outputs([double], double + 1) == 6
    assert outputs([double, triple], double + triple) == 12
    assert outputs([double, z], double + triple) == 5 + 3 * 7
    assert outputs([z, double], triple - double) == 3 * 5 - 7
    assert Model([double, triple], double + triple).input_names == ["both_input", "both_input_1"]
    with pytest.raises(ValueError, match="every output must depend on the inputs"):
        Model(double, double + triple)


def test_frozen_layers_keep_their_weights_and_statistics():
    base = residual()
    base.trainable = False
    x = Input((6, 5, 3))
    model = Model(x, layers.Dense(1, name="new")(base(x, training=False)["number"]))
    images, _ = data()
    model.compile("adam", "mse")
    before = base.get_weights()
    new = model.get_layer("new").get_weights()
    model.fit(images, np.ones((12, 1)), epochs=2, verbose=0)
    for old, now in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)
    assert not np.array_equal(new[0], model.get_layer("new").get_weights()[0])
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == len(before)


def test_a_call_with_training_false_is_inference_in_training_too():
    norm, drop = layers.BatchNormalization(), layers.Dropout(0.9)
    x = Input((3,))
    model = Model(x, drop(norm(x, training=False), training=False) + layers.Dense(3, kernel_initializer="zeros")(x))
    model.compile(optimizers.SGD(0.0), "mse")
    values = np.arange(12.0).reshape(4, 3)
    expected = values / np.sqrt(1 + 1e-3)
    assert model.train_on_batch(values, expected) == pytest.approx(0, abs=1e-10)
    assert norm.moving_mean.numpy().tolist() == [0, 0, 0]


def test_functional_and_sequential_are_the_same_network():
    def stack(dtype="float32"):
        return [
            layers.Conv2D(3, 3, activation="relu", kernel_initializer=pycnn.initializers.HeNormal(seed=1)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_initializer=pycnn.initializers.HeNormal(seed=2)),
        ]

    x, y = data()
    results = []
    for build in ("sequential", "functional"):
        pycnn.utils.set_random_seed(3)
        if build == "sequential":
            model = Sequential([Input((6, 5, 3)), *stack()])
        else:
            tensor = first = Input((6, 5, 3))
            for layer in stack():
                tensor = layer(tensor)
            model = Model(first, tensor)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.seed = 5
        model.fit(x, y["label"], epochs=3, batch_size=5, verbose=0)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies(copied):
    model, (x, y) = residual(), data()
    model.compile("adam", {"label": "sparse_categorical_crossentropy", "number": "mse"})
    model.fit(x, y, verbose=0)
    other = copied(model)
    for each in (model, other):
        each.fit(x, y, epochs=2, batch_size=5, verbose=0)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_deep_graphs_are_built_and_copied():
    tensor = first = Input((2,))
    for _ in range(400):
        tensor = layers.Activation("relu")(tensor)
    model = Model(first, tensor)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict([[-1.0, 2.0]], verbose=0).tolist() == [[0, 2]]


def test_summary_shows_what_layers_are_called_on(capsys):
    model = residual()
    model.summary(show_trainable=True)
    text = capsys.readouterr().out
    assert "Connected to" in text and "(Add)" in text
    line = next(line for line in text.splitlines() if "joined" in line and "ReLU" in line)
    assert line.split()[-1] == "yes"
    model.summary(layer_range=("second", "joined"), print_fn=lambda text: print(text.count("(None")))
    assert capsys.readouterr().out.strip() == "4"


A, B = Input((3,), name="a"), Input((4,), name="b")
REFUSED = [
    (ValueError, lambda: Model(A, B), r"\[Model\] every output must depend on the inputs \('a'\) alone.*got input='b'"),
    (ValueError, lambda: Model(A, layers.Concatenate()([A, B])), r"got input='b'"),
    (ValueError, lambda: Model([A, A], A * 2), r"\[Model\] inputs must differ"),
    (TypeError, lambda: Model(np.ones((2, 3)), A), r"\[Model\] inputs must be symbolic tensors"),
    (TypeError, lambda: Model(A, []), r"\[Model\] outputs must be symbolic tensors"),
    (
        ValueError,
        lambda: Model(A, layers.Dense(2, name="same")(layers.Dense(2, name="same")(A))),
        r"\[Model\] the names of the layers must differ; got name='same'",
    ),
    (ValueError, lambda: layers.Add()([A, B]), r"\[add\].*\(layer 'add.*' on 'a', 'b'\)"),
    (ValueError, lambda: layers.Conv2D(2, 3)(A), r"\[Conv2D\].*\(layer 'conv2d.*' on 'a'\)"),
    (ValueError, lambda: layers.Add()(A), r"\[Add\] inputs must be a list"),
    (ValueError, lambda: layers.Dense(2)([A, B]), r"\[Dense\] .* must be called on one tensor"),
    (ValueError, lambda: layers.Add()([A, np.ones((1, 3))]), r"\[Add\] .* must be called on symbolic tensors"),
    (ValueError, lambda: layers.Dropout(0.5)(A, training=True), r"\[Dropout\] training must be None or False"),
    (ValueError, lambda: A + B, r"\[add\]"),
    (ValueError, lambda: A[1:], r"\[GetItem\] the key must keep the batch axis"),
    (ValueError, lambda: A[:, 3], r"\[GetItem\] the index must be below 3; got index=3"),
    (ValueError, lambda: A[:, ::2], r"\[GetItem\] a slice must be of step 1"),
    (TypeError, lambda: bool(A), r"\[KerasTensor\] a symbolic tensor has no truth value"),
    (TypeError, lambda: len(A), r"\[KerasTensor\] a symbolic tensor has no length"),
    (TypeError, lambda: list(A), r"\[KerasTensor\] a symbolic tensor cannot be iterated over"),
    (TypeError, lambda: np.asarray(A), r"\[KerasTensor\] a symbolic tensor has no numbers"),
    (AttributeError, lambda: layers.Dense(2).output, r"\[output\] the layer must have been called"),
    (
        ValueError,
        lambda: residual().predict({"picture": 1}, verbose=0),
        r"\[predict\] x must have the inputs \['image'\]",
    ),
    (
        ValueError,
        lambda: Model([A, B], [A * 1, B * 1]).predict(np.ones((2, 3))),
        r"\[predict\] x must hold an array for each",
    ),
    (
        ValueError,
        lambda: Model([A, B], [A * 1, B * 1]).predict([np.ones((2, 3)), np.ones((3, 4))]),
        r"\[predict\] all inputs must have as many samples",
    ),
]


@pytest.mark.parametrize(("error", "call", "message"), REFUSED)
def test_refused(error, call, message):
    with pytest.raises(error, match=message):
        call()
