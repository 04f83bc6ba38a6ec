"""Models apart from training: how they are built, their weights, predictions, summary, configuration and copies."""

import copy
import json
import pickle
import threading

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, layers, models
from tests.checks import assert_same_bits


def lenet(**options):
    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(16, 5, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(120, activation="relu", name="dense1"),
            layers.Dense(84, activation="relu", name="dense2"),
            layers.Dense(10, activation="softmax", name="dense3"),
        ],
        **options,
    )


def stack():
    return [layers.Conv2D(3, 2, activation="relu"), layers.Flatten(), layers.Dense(2)]


@pytest.fixture
def images(rng):
    return rng.uniform(0, 1, (33, 28, 28, 1)).astype(np.float32)


# Building


def from_input():
    return Sequential([Input((5, 4, 1)), *stack()])


def from_input_shape():
    first, *rest = stack()
    return Sequential([layers.Conv2D.from_config({**first.get_config(), "input_shape": (5, 4, 1)}), *rest])


def by_adding():
    model = Sequential()
    model.add(Input((5, 4, 1)))
    for layer in stack():
        model.add(layer)
    return model


def by_build():
    model = Sequential(stack())
    model.build((None, 5, 4, 1))
    return model


def by_data():
    model = Sequential(stack())
    assert not model.built
    model.predict(np.zeros((1, 5, 4, 1)), verbose=0)
    return model


def by_first_call():
    model = Sequential(stack())
    model(np.zeros((1, 5, 4, 1)))
    return model


def by_fit():
    model = Sequential(stack())
    model.compile("sgd", "mse")
    model.fit(np.zeros((1, 5, 4, 1)), np.zeros((1, 2)), verbose=0)
    return model


def by_nesting():
    return Sequential([from_input()])


@pytest.mark.parametrize(
    "make", [from_input, from_input_shape, by_adding, by_build, by_data, by_first_call, by_fit, by_nesting]
)
def test_ways_to_build(make):
    model = make()
    assert model.built
    assert (model.input_shape, model.output_shape) == ((None, 5, 4, 1), (None, 2))
    assert [weight.shape for weight in model.weights] == [(2, 2, 1, 3), (3,), (36, 2), (2,)]
    assert model.count_params() == 15 + 74
    assert model.predict(np.zeros((3, 5, 4, 1)), verbose=0).shape == (3, 2)


def test_layers_with_weights_must_suit_their_input():
    taken = from_input().layers[2]
    with pytest.raises(
        ValueError, match=r"the weights of .* have shapes \[\(36, 2\), .*; got weight shapes \[\(5, 2\)"
    ):
        Sequential([Input((5,)), taken]).predict(np.ones((1, 5)), verbose=0)


def test_adding_and_popping_keep_the_weights(rng):
    model = from_input()
    kept = model.get_weights()
    x = rng.normal(size=(2, 5, 4, 1))
    before = model.predict(x, verbose=0)
    top = layers.Dense(7)
    model.add(top)
    assert model.output_shape == (None, 7)
    assert model.predict(x, verbose=0).shape == (2, 7)
    assert model.pop() is top
    assert model.output_shape == (None, 2)
    assert_same_bits(model.predict(x, verbose=0), before)
    for weight, value in zip(model.get_weights(), kept, strict=True):
        assert_same_bits(weight, value)


def test_a_model_grows_while_compiled(rng):
    model = from_input()
    model.compile("adam", "mse", metrics=["mae"])
    x = rng.normal(size=(4, 5, 4, 1))
    model.fit(x, np.zeros((4, 2)), verbose=0)
    model.add(layers.Dense(3))
    history = model.fit(x, np.zeros((4, 3)), verbose=0).history
    assert list(history) == ["loss", "mae"] and len(model.optimizer_state()) == 4 + 2 * 6


def test_layers_are_found():
    model = lenet()
    assert model.get_layer("pool2") is model.layers[3] is model.get_layer(index=3)
    assert model.get_layer(index=-1).name == "dense3"
    model.layers.clear()
    assert len(model.layers) == 8


# Predicting


def test_a_sample_does_not_see_its_batch(images):
    model = lenet()
    singly = np.concatenate([model.predict(images[i : i + 1], verbose=0) for i in range(33)])
    for size in range(1, 34):
        assert_same_bits(model.predict(images, batch_size=size, verbose=0), singly)
        assert_same_bits(model.predict_on_batch(images[:size]), singly[:size])
    assert_same_bits(model(images), singly)


def test_threads_do_not_change_predictions(images):
    model = lenet()
    expected = model.predict(images, verbose=0)
    for threads in (1, 2, 3, 4):
        pycnn.config.set_num_threads(threads)
        assert_same_bits(model.predict(images, verbose=0), expected)


def test_several_threads_predict_at_once(images):
    model = lenet()
    results, errors = {}, []

    def work(number):
        try:
            for _ in range(10):
                results[number] = model.predict(images[number :: number + 1], batch_size=5, verbose=0)
        except Exception as error:  # handed to the main thread
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    expected = model.predict(images, verbose=0)
    for number, result in results.items():
        assert_same_bits(result, expected[number :: number + 1])


def test_the_first_predictions_may_come_from_several_threads(images):
    model, ready, results = Sequential(stack()), threading.Barrier(4), []

    def work():
        ready.wait()
        results.append(model.predict(images, verbose=0))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(results) == 4
    for result in results:
        assert_same_bits(result, results[0])


def test_no_samples(images):
    model = lenet()
    for y in (model.predict(images[:0], verbose=0), model.predict_on_batch(images[:0]), model(images[:0])):
        assert (y.shape, y.dtype) == ((0, 10), np.float32)


def test_the_channel_axis_may_be_missing(images):
    model = lenet()
    expected = model.predict(images, verbose=0)
    assert_same_bits(model.predict(images[..., 0], verbose=0), expected)
    flat = Sequential([Input((28, 28)), layers.Flatten()])
    assert_same_bits(flat.predict(images, verbose=0), images.reshape(33, -1))


BYTES = np.arange(2 * 5 * 4).reshape(2, 5, 4, 1)
KINDS = {
    **{str(np.dtype(kind)): BYTES.astype(kind) for kind in "?bBhHiIlLqQefd"},
    "big-endian": BYTES.astype(">f4"),
    "big-endian integers": BYTES.astype(">i2"),
    "Fortran": np.asfortranarray(BYTES.astype(np.float32)),
    "negative strides": np.ascontiguousarray(BYTES[::-1, :, ::-1].astype(np.float32))[::-1, :, ::-1],
    "every second": np.repeat(BYTES, 2, axis=1).astype(np.float32)[:, ::2],
    "misaligned": np.frombuffer(b"x" + BYTES.astype(np.float32).tobytes(), np.float32, offset=1).reshape(BYTES.shape),
    "list": BYTES.tolist(),
    "masked": np.ma.masked_array(BYTES, mask=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_samples(kind):
    model, x = from_input(), KINDS[kind]
    before = copy.deepcopy(x)
    plain = np.array(x, np.float32)
    assert_same_bits(model.predict(x, verbose=0), model.predict(plain, verbose=0))
    assert np.array_equal(np.asarray(before), np.asarray(x))


@pytest.mark.parametrize(
    "x",
    [np.uint8([255]), np.uint16([65535]), np.uint32([2**32 - 2**10]), np.uint64([2**52]), np.int64([-(2**40)])],
    ids=repr,
)
def test_large_integers(x):
    model = Sequential([Input((1,)), layers.Rescaling(0.5)])
    assert model.predict(x[:, np.newaxis], verbose=0).tolist() == [[float(x[0]) / 2]]


def test_read_only_samples(images):
    images.flags.writeable = False
    model = lenet()
    model.compile("sgd", "sparse_categorical_crossentropy")
    labels = np.arange(33) % 10
    labels.flags.writeable = False
    model.fit(images, labels, verbose=0)


def test_training_mode_is_for_dropout_only(images):
    model = Sequential([Input((28, 28, 1)), layers.Dropout(0.5), layers.Flatten()])
    assert_same_bits(model(images), images.reshape(33, -1))
    assert np.mean(model(images, training=True) == 0) > 0.4
    assert_same_bits(model.predict(images, verbose=0), images.reshape(33, -1))


def test_training_mode_draws_anew_at_each_call(images):
    model = Sequential([Input((28, 28, 1)), layers.Dropout(0.5)])
    pycnn.utils.set_random_seed(4)
    first, second = model(images, training=True), model(images, training=True)
    assert not np.array_equal(first, second)
    pycnn.utils.set_random_seed(4)
    assert_same_bits(model(images, training=True), first)


# Summary


def test_summary():
    printed = []
    lenet(name="lenet").summary(print_fn=printed.append)
    assert (
        "\n".join(printed)
        == """\
Model: "lenet"
_______________________________________________________
 Layer (type)           Output Shape         Param #
=======================================================
 conv1 (Conv2D)         (None, 28, 28, 6)    156
 pool1 (MaxPooling2D)   (None, 14, 14, 6)    0
 conv2 (Conv2D)         (None, 10, 10, 16)   2,416
 pool2 (MaxPooling2D)   (None, 5, 5, 16)     0
 flatten (Flatten)      (None, 400)          0
 dense1 (Dense)         (None, 120)          48,120
 dense2 (Dense)         (None, 84)           10,164
 dense3 (Dense)         (None, 10)           850
=======================================================
Total params: 61,706 (241.04 KB)
Trainable params: 61,706
Non-trainable params: 0
_______________________________________________________"""
    )


def test_summary_of_a_frozen_and_of_an_unbuilt_model(capsys):
    model = lenet()
    model.layers[0].trainable = False
    model.summary(line_length=80, show_trainable=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines[1]) == 81 and lines[2].endswith("Trainable")
    assert lines[4].endswith("no") and lines[6].endswith("yes")
    assert lines[-3:-1] == ["Trainable params: 61,550", "Non-trainable params: 156"]
    Sequential(stack()).summary()
    unbuilt = capsys.readouterr().out
    assert unbuilt.count("?") == 3 and "0 (unbuilt)" in unbuilt


# Configuration, files, copies


def test_configuration_makes_the_same_model(images):
    model = lenet(name="mine")
    config = json.loads(json.dumps(model.get_config()))
    again = Sequential.from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert (again.name, again.output_shape) == ("mine", (None, 10))
    again.set_weights(model.get_weights())
    assert_same_bits(again.predict(images, verbose=0), model.predict(images, verbose=0))


def test_configuration_without_an_input():
    model = by_data()
    again = Sequential.from_config(model.get_config())
    assert again.built and again.input_shape == (None, 5, 4, 1)
    assert not Sequential.from_config(Sequential(stack()).get_config()).built


def test_saved_models_and_weights(tmp_path, images):
    model = lenet()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, np.arange(33) % 10, verbose=0)
    model.save(tmp_path / "model.pycnn")
    for load in (models.load_model, pycnn.saving.load_model):
        again = load(tmp_path / "model.pycnn")
        assert_same_bits(again.predict(images, verbose=0), model.predict(images, verbose=0))
    assert again.train_on_batch(images, np.arange(33) % 10) == model.train_on_batch(images, np.arange(33) % 10)
    model.save_weights(tmp_path / "weights.pycnn")
    other = lenet()
    other.load_weights(tmp_path / "weights.pycnn")
    assert_same_bits(other.predict(images, verbose=0), model.predict(images, verbose=0))


@pytest.mark.parametrize("duplicate", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_copies(duplicate, images):
    labels = np.arange(33) % 10
    model = lenet()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, labels, verbose=0)
    twin = duplicate(model)
    assert_same_bits(twin.predict(images, verbose=0), model.predict(images, verbose=0))
    model.fit(images, labels, epochs=2, verbose=0)
    twin.fit(images, labels, epochs=2, verbose=0)
    for one, two in zip(twin.get_weights(), model.get_weights(), strict=True):
        assert_same_bits(one, two)
    twin.layers[0].kernel.assign(np.zeros((5, 5, 1, 6)))
    assert np.any(model.layers[0].kernel.numpy())


def test_copies_of_models_not_yet_compiled_or_built():
    assert not copy.deepcopy(Sequential(stack())).built
    twice = copy.deepcopy(copy.deepcopy(from_input()))
    assert callable(twice.optimizer_state)
    assert copy.deepcopy(from_input()).count_params() == 89
