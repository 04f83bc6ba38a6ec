"""compile, fit, evaluate and the batch methods: what is computed, in which order, from which random numbers."""

import hashlib
import re
import tracemalloc

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, datasets, layers, losses, metrics, optimizers
from tests import reference
from tests.checks import assert_same_bits


def classifier(dropout=0.0, seed=1, **compiled):
    pycnn.utils.set_random_seed(seed)
    model = Sequential(
        [
            Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            *([layers.Dropout(dropout)] if dropout else []),
            layers.Dense(10, activation="softmax", name="dense"),
        ]
    )
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **compiled}
    )
    return model


@pytest.fixture(scope="module")
def digits():
    (x, y), _ = datasets.digits.load_data()
    return x[:300, ..., np.newaxis], y[:300]


def weights_digest(model):
    return hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()


def line(units=1, seed=0, **compiled):
    """y = x @ kernel + bias in float64: small enough to compute by hand."""
    pycnn.utils.set_random_seed(seed)
    model = Sequential([Input((3,)), layers.Dense(units, dtype="float64")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


# fit


def test_fit_learns(digits):
    model = classifier()
    history = model.fit(*digits, epochs=30, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][-1] > 0.8
    assert model.evaluate(*digits, verbose=0)[1] > 0.8


def test_history_holds_means_weighted_by_batch(rng):
    model = line(metrics=["mae"], optimizer=optimizers.SGD(0.0))
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 1))
    validation = rng.normal(size=(7, 3)), rng.normal(size=(7, 1))
    history = model.fit(x, y, batch_size=4, epochs=2, validation_data=validation, verbose=0)
    assert (history.epoch, model.history) == ([0, 1], history)
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    for (inputs, targets), prefix in (((x, y), ""), (validation, "val_")):
        residual = inputs @ model.get_weights()[0] + model.get_weights()[1] - targets
        np.testing.assert_allclose(history.history[f"{prefix}loss"], np.mean(residual**2), rtol=1e-12)
        np.testing.assert_allclose(history.history[f"{prefix}mae"], np.mean(np.abs(residual)), rtol=1e-12)


def test_loss_is_measured_before_each_update(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
    stepped, fitted = line(), line()
    steps = [stepped.train_on_batch(x[i : i + 4], y[i : i + 4]) for i in (0, 4)]
    history = fitted.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], [(4 * steps[0] + 2 * steps[1]) / 6], rtol=1e-12)
    assert weights_digest(fitted) == weights_digest(stepped)


def test_every_sample_is_seen_once_an_epoch_in_a_new_order(digits):
    seen = []

    class Watch(layers.Layer):
        def forward(self, inputs, training, **step):
            if training:
                seen.append(step["samples"])
            return inputs

        def backward(self, dy):
            return dy

    pycnn.utils.set_random_seed(0)
    model = Sequential([Input((8, 8, 1)), Watch(), layers.Flatten(), layers.Dense(10)])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = digits
    model.fit(x[:50], y[:50], batch_size=16, epochs=3, verbose=0)
    model.fit(x[:50], y[:50], batch_size=16, shuffle=False, verbose=0)
    assert [len(batch) for batch in seen] == [16, 16, 16, 2] * 4
    orders = [np.concatenate(seen[i : i + 4]) for i in range(0, 16, 4)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert orders[3].tolist() == list(range(50))
    assert len({tuple(order) for order in orders}) == 4


@pytest.mark.parametrize(("fraction", "kept"), [(0.2, 8), (0.25, 7), (0.5, 5), (0.05, 9), (0.99, 0)])
def test_validation_split_takes_the_end(fraction, kept, rng):
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 1))
    model, twin = line(), line()
    if kept == 0:
        with pytest.raises(ValueError, match=r"\[fit\] validation_split .* 10 samples .* got validation_split=0.99"):
            model.fit(x, y, validation_split=fraction, verbose=0)
        return
    split = model.fit(x, y, epochs=2, batch_size=3, validation_split=fraction, verbose=0).history
    given = twin.fit(
        x[:kept], y[:kept], epochs=2, batch_size=3, validation_data=(x[kept:], y[kept:]), verbose=0
    ).history
    assert split == given
    assert weights_digest(model) == weights_digest(twin)


def test_validation_freq_and_batch_size(rng):
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 1))
    model = line()
    history = model.fit(x, y, epochs=5, validation_split=0.3, validation_freq=2, validation_batch_size=1, verbose=0)
    assert len(history.history["loss"]) == 5 and len(history.history["val_loss"]) == 2


def test_initial_epoch_numbers_the_epochs(rng):
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 1))
    model = line()
    assert model.fit(x, y, initial_epoch=3, epochs=5, verbose=0).epoch == [3, 4]
    assert model.fit(x, y, initial_epoch=3, epochs=3, verbose=0).history == {}


def test_fit_copies_nothing():
    x = np.zeros((20_000, 16, 16, 1), np.uint8)
    model = Sequential([Input((16, 16, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x[:64], np.zeros((64, 1), np.float32), verbose=0)
    tracemalloc.start()
    model.fit(x, np.zeros((20_000, 1), np.float32), batch_size=1000, validation_split=0.5, verbose=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 10


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float64", "float16", "bool"])
def test_kinds_of_samples_train_alike(dtype, digits):
    x, y = (digits[0] > 99).astype(dtype), digits[1]
    plain, other = classifier(), classifier()
    plain.fit(x.astype(np.float32), y, verbose=0)
    other.fit(x, y, verbose=0)
    assert weights_digest(plain) == weights_digest(other)


@pytest.mark.parametrize(
    "kind",
    [np.uint8, np.int32, np.int64, np.uint64, np.float32, ">i4", list, lambda y: y[:, np.newaxis]],
    ids=["uint8", "int32", "int64", "uint64", "float32", "big-endian", "list", "column"],
)
def test_kinds_of_labels_train_alike(kind, digits):
    x, y = digits
    plain, other = classifier(), classifier()
    plain.fit(x, y.astype(np.int64), verbose=0)
    other.fit(x, kind(y) if callable(kind) else y.astype(kind), verbose=0)
    assert weights_digest(plain) == weights_digest(other)


# evaluate and batches


def test_evaluate(digits):
    x, y = digits
    model = classifier(metrics=["accuracy", "sparse_categorical_accuracy"])
    model.fit(x, y, verbose=0)
    probabilities = model.predict(x, verbose=0)
    accuracy = np.mean(probabilities.argmax(axis=1) == y)
    loss = reference.sparse_categorical_crossentropy(y, probabilities.astype(np.float64))
    for batch_size in (None, 7, 300, 1000):
        values = model.evaluate(x, y, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(values, [loss, accuracy, accuracy], rtol=1e-5)
    named = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(named) == ["accuracy", "loss", "sparse_categorical_accuracy"]
    np.testing.assert_allclose(named["loss"], loss, rtol=1e-5)
    assert isinstance(classifier(metrics=None).evaluate(x, y, verbose=0), float)


def test_batch_methods(digits):
    x, y = digits[0][:20], digits[1][:20]
    model = classifier()
    before = model.test_on_batch(x, y)
    assert model.train_on_batch(x, y) == before
    assert model.test_on_batch(x, y)[0] < before[0]
    assert model.optimizer.iterations == 1
    named = model.train_on_batch(x, y, return_dict=True)
    assert list(named) == ["accuracy", "loss"]
    assert_same_bits(model.predict_on_batch(x), model.predict(x, verbose=0))


def test_evaluating_changes_nothing(digits):
    model = classifier(dropout=0.5)
    before = weights_digest(model)
    model.evaluate(*digits, verbose=0)
    model.test_on_batch(*digits)
    assert weights_digest(model) == before and model.optimizer.iterations == 0


# Freezing, learning rate, stopping


def test_frozen_layers_stay(rng):
    x, y = rng.normal(size=(16, 8, 8, 1)), np.arange(16) % 10
    model = classifier()
    model.get_layer("conv").trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.get_weights()
    losses_before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=5, verbose=0)
    after = model.get_weights()
    assert_same_bits(after[0], before[0])
    assert_same_bits(after[1], before[1])
    assert not np.array_equal(after[2], before[2])
    assert model.evaluate(x, y, verbose=0) < losses_before
    assert [weight.shape for weight in model.trainable_weights] == [(36, 10), (10,)]
    model.get_layer("conv").kernel.assign(before[0] + 1)
    model.fit(x, y, verbose=0)
    assert_same_bits(model.get_weights()[0], before[0] + np.float32(1))


def test_the_rest_learns_as_if_nothing_were_frozen(rng):
    x, y = rng.normal(size=(8, 8, 8, 1)), np.arange(8) % 10
    free, frozen = classifier(optimizer="sgd"), classifier(optimizer="sgd")
    frozen.get_layer("conv").trainable = False
    frozen.compile("sgd", "sparse_categorical_crossentropy")
    for model in (free, frozen):
        model.train_on_batch(x, y)
    assert_same_bits(free.get_layer("dense").kernel.numpy(), frozen.get_layer("dense").kernel.numpy())


def test_trainable_reaches_the_layers():
    model = classifier()
    model.trainable = False
    assert model.trainable_weights == [] and len(model.non_trainable_weights) == 4
    model.trainable = True
    assert len(model.trainable_weights) == 4 and not model.non_trainable_weights


def test_the_learning_rate_may_change_between_steps(rng):
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    model = line(optimizer=optimizers.SGD(0.5))
    for rate in (0.5, 0.25, 0.0):
        model.optimizer.learning_rate = rate
        kernel, bias = model.get_weights()
        model.train_on_batch(x, y)
        gradient = 2 / 4 * x.T @ (x @ kernel + bias - y)
        np.testing.assert_allclose(model.get_weights()[0], kernel - rate * gradient, rtol=1e-12)


def test_assigned_weights_are_used_at_once(rng):
    x, y = rng.normal(size=(4, 3)), np.zeros((4, 1))
    model = line()
    model.train_on_batch(x, y)
    model.layers[0].kernel.assign(np.zeros((3, 1)))
    model.layers[0].bias.assign(np.zeros(1))
    assert model.test_on_batch(x, y) == 0
    assert model.train_on_batch(x, y) == 0


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_training_stops_on_request(batches, rng):
    model = line()

    def stop(batch, logs):
        model.stop_training = batch + 1 == batches

    callback = pycnn.callbacks.LambdaCallback(on_train_batch_end=stop)
    history = model.fit(
        rng.normal(size=(8, 3)), np.zeros((8, 1)), batch_size=2, epochs=3, callbacks=callback, verbose=0
    )
    assert len(history.epoch) == (1 if batches < 5 else 3)
    assert model.optimizer.iterations == (batches if batches < 5 else 12)


# compile


LOGITS = losses.SparseCategoricalCrossentropy(from_logits=True)
ACCURACIES = [
    ("sparse_categorical_crossentropy", 10, "sparse_categorical_accuracy"),
    (LOGITS, 10, "sparse_categorical_accuracy"),
    ("categorical_crossentropy", 10, "categorical_accuracy"),
    ("binary_crossentropy", 1, "binary_accuracy"),
    ("binary_crossentropy", 3, "categorical_accuracy"),
    ("mse", 1, "binary_accuracy"),
    ("mse", 4, "categorical_accuracy"),
]


@pytest.mark.parametrize(("loss", "units", "expected"), ACCURACIES)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_accuracy_is_chosen_as_in_keras(loss, units, expected, name):
    model = line(units, loss=loss, metrics=[name])
    assert [(metric.name, metric.core_name) for metric in model.metrics] == [(name, expected)]
    assert model.metrics_names == ["loss", name]


def test_compile_takes_names_objects_and_configurations(digits):
    model = classifier(
        optimizer=optimizers.Adam(0.01),
        loss=losses.SparseCategoricalCrossentropy(),
        metrics=[metrics.SparseCategoricalAccuracy(name="right"), "acc"],
    )
    twin = Sequential.from_config(model.get_config())
    twin.compile_from_config(model.get_compile_config())
    assert twin.get_compile_config() == model.get_compile_config()
    twin.set_weights(model.get_weights())
    twin.set_optimizer_state(model.optimizer_state())
    assert twin.train_on_batch(*digits, return_dict=True) == model.train_on_batch(*digits, return_dict=True)
    assert twin.metrics_names == ["loss", "right", "acc"]
    assert Sequential([layers.Dense(1)]).get_compile_config() == {}


def test_compiling_again_starts_anew(digits):
    model = classifier()
    model.fit(*digits, verbose=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.optimizer.iterations == 0
    model.train_on_batch(*digits)
    assert model.optimizer.iterations == 1
    assert int(model.optimizer_state()["iteration"]) == 1


def test_predicting_needs_no_loss(digits):
    model = classifier()
    model.compile()
    assert model.predict(digits[0][:2], verbose=0).shape == (2, 10)
    assert model.optimizer.name == "rmsprop"


X, Y = np.zeros((6, 3)), np.zeros((6, 1))


@pytest.mark.parametrize("label", [2, -1, 2**40])
def test_labels_that_are_no_class(label):
    model = line(2, loss=LOGITS)
    before = weights_digest(model)
    with pytest.raises(ValueError, match=re.escape(str(label))):
        model.fit(X, np.array([0, 1, 0, label, 1, 1]), verbose=0)
    assert weights_digest(model) == before


def test_options_of_keras_without_effect(rng):
    line(run_eagerly=True, steps_per_execution=4, jit_compile=False, auto_scale_loss=False).fit(X, Y, verbose=0)
