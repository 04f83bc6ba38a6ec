"""What `compile` and `fit` may be given to weigh and measure outputs: each against its definition in NumPy."""

import numpy as np
import pytest

from pycnn import Input, Model, Sequential, layers, losses, metrics, optimizers, regularizers

RNG = np.random.default_rng(2)
X = RNG.normal(size=(12, 5)).astype("float32")
LABELS = RNG.integers(0, 3, 12)
IMAGES, MASKS = RNG.normal(size=(6, 4, 3, 2)).astype("float32"), RNG.integers(0, 3, (6, 4, 3))


def classifier(**compiled):
    model = Sequential([Input((5,)), layers.Dense(3, activation="softmax", kernel_initializer="ones")])
    model.layers[0].kernel.assign(np.linspace(-1, 1, 15).reshape(5, 3))
    model.compile(**{"optimizer": optimizers.SGD(0.1), "loss": "sparse_categorical_crossentropy", **compiled})
    return model


def segmenter(**compiled):
    model = Sequential([Input((4, 3, 2)), layers.Conv2D(3, 1, activation="softmax", kernel_initializer="ones")])
    model.layers[0].kernel.assign(np.linspace(-1, 1, 6).reshape(1, 1, 2, 3))
    model.compile(**{"optimizer": optimizers.SGD(0.1), "loss": "sparse_categorical_crossentropy", **compiled})
    return model


def losses_of(model, x, y):
    p = model.predict(x, verbose=0)
    return -np.log(np.take_along_axis(p, y[..., np.newaxis], axis=-1))[..., 0]


def step_of(model, x, y, **weights):
    """The weights' change by one step of all data."""
    before = model.get_weights()
    model.fit(x, y, batch_size=len(x), shuffle=False, verbose=0, **weights)
    return [new - old for new, old in zip(model.get_weights(), before, strict=True)]


def test_class_weights_are_weights_of_samples():
    weights = {0: 2.0, 2: 0.25}
    by_sample = np.array([weights.get(int(label), 1.0) for label in LABELS])
    one, two = classifier(), classifier()
    for found, expected in zip(
        step_of(one, X, LABELS, class_weight=weights), step_of(two, X, LABELS, sample_weight=by_sample), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    one_hot = classifier(loss="categorical_crossentropy")
    for found, expected in zip(
        step_of(one_hot, X, np.eye(3)[LABELS], class_weight=weights),
        step_of(classifier(), X, LABELS, sample_weight=by_sample),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_weights_of_samples_do_not_change_the_divisor():
    weights = np.arange(12.0) / 6
    model = classifier(metrics=["accuracy"], weighted_metrics=["accuracy"])
    expected = (losses_of(model, X, LABELS) * weights).mean()
    right = model.predict(X, verbose=0).argmax(axis=-1) == LABELS
    logs = model.evaluate(X, LABELS, sample_weight=weights, batch_size=5, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    assert logs["accuracy"] == pytest.approx(right.mean())
    assert logs["accuracy_1"] == pytest.approx((right * weights).sum() / weights.sum(), rel=1e-6)


def test_all_weights_one_change_nothing():
    for found, expected in zip(
        step_of(classifier(), X, LABELS, sample_weight=np.ones(12)), step_of(classifier(), X, LABELS), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-7)


def test_weights_of_pixels():
    model = segmenter()
    weights = RNG.uniform(size=MASKS.shape)
    expected = (losses_of(model, IMAGES, MASKS) * weights).mean()
    assert model.evaluate(IMAGES, MASKS, sample_weight=weights, verbose=0) == pytest.approx(expected, rel=1e-5)
    zeros = np.where(np.arange(3) < 2, 1.0, 0.0) * np.ones(MASKS.shape)
    elsewhere = np.where(zeros == 0, (MASKS + 1) % 3, MASKS)  # what has no weight may be anything
    for found, same in zip(
        step_of(segmenter(), IMAGES, MASKS, sample_weight=zeros),
        step_of(segmenter(), IMAGES, elsewhere, sample_weight=zeros),
        strict=True,
    ):
        np.testing.assert_array_equal(found, same)


def test_an_ignored_class_does_not_count():
    void = np.where(RNG.uniform(size=MASKS.shape) < 0.3, 255, MASKS)
    model = segmenter(loss=losses.SparseCategoricalCrossentropy(ignore_class=255))
    counted = void != 255
    expected = losses_of(model, IMAGES, np.where(counted, void, 0))[counted].mean()
    assert model.evaluate(IMAGES, void, batch_size=6, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert all(np.isfinite(change).all() and change.any() for change in step_of(model, IMAGES, void))


def test_label_smoothing():
    model = classifier(loss=losses.CategoricalCrossentropy(label_smoothing=0.1))
    p = model.predict(X, verbose=0)
    smooth = np.eye(3)[LABELS] * 0.9 + 0.1 / 3
    expected = -(smooth * np.log(p)).sum(axis=-1).mean()
    assert model.evaluate(X, np.eye(3)[LABELS], verbose=0) == pytest.approx(expected, rel=1e-5)


def test_penalties_of_activities_are_means_over_samples():
    x = Input((5,), dtype="float64")
    hidden = layers.Dense(4, activity_regularizer=regularizers.L2(0.3), dtype="float64", kernel_regularizer="l2")
    model = Model(x, layers.Dense(1, dtype="float64")(hidden(x)))
    model.compile(optimizers.SGD(1.0), "mse")
    values, y = X.astype("float64"), RNG.normal(size=(12, 1))
    penalties = 0.3 * np.square(hidden(values)).sum() / 12 + 0.01 * np.square(hidden.kernel.numpy()).sum()

    def loss():
        return model.evaluate(values, y, batch_size=12, verbose=0)

    assert loss() == pytest.approx(np.square(model.predict(values, verbose=0) - y).mean() + penalties, rel=1e-10)
    weights = model.get_weights()
    changes = step_of(model, values, y)
    for number, change in enumerate(changes):
        place = (0,) * change.ndim
        ends = []
        for sign in (1, -1):
            moved = [weight.copy() for weight in weights]
            moved[number][place] += sign * 1e-5
            model.set_weights(moved)
            ends.append(loss())
        assert -change[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


def test_bytes_are_pictures_too():
    pictures = RNG.integers(0, 256, (8, 4, 4, 1), dtype=np.uint8)
    x = Input((4, 4, 1), dtype="uint8")
    model = Model(x, layers.Dense(1)(layers.Flatten()(layers.Rescaling(1 / 255)(x))))
    expected = (pictures.reshape(8, 16) / 255) @ model.layers[-1].kernel.numpy()
    np.testing.assert_allclose(model.predict(pictures, verbose=0), expected, atol=1e-5)
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(pictures, np.ones(8), verbose=0).history["loss"][0])


def test_metrics_in_the_core_and_in_numpy_agree():
    chosen = ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=2, name="top"), "sparse_categorical_crossentropy"]
    model = classifier(metrics=chosen)
    logs = model.evaluate(X, LABELS, batch_size=5, verbose=0, return_dict=True)
    p = model.predict(X, verbose=0)
    assert logs["accuracy"] == pytest.approx((p.argmax(axis=-1) == LABELS).mean())
    assert logs["top"] == pytest.approx(
        np.mean([label in np.argsort(row)[-2:] for row, label in zip(p, LABELS, strict=True)])
    )
    assert logs["sparse_categorical_crossentropy"] == pytest.approx(logs["loss"], rel=1e-5)
    assert list(logs) == sorted(logs)


def test_a_loss_and_a_metric_that_are_functions():
    def fourth(y_true, y_pred):
        return ((y_pred - y_true) ** 4).sum(axis=-1), 4 * (y_pred - y_true) ** 3

    def largest(y_true, y_pred):
        return np.abs(y_pred - y_true).max(axis=-1)

    model = Sequential([Input((5,)), layers.Dense(3)])
    model.compile("adam", fourth, metrics=[largest])
    y = RNG.normal(size=(12, 3))
    difference = model.predict(X, verbose=0) - y
    logs = model.evaluate(X, y, verbose=0, return_dict=True)
    assert logs == {
        "largest": pytest.approx(np.abs(difference).max(axis=-1).mean(), rel=1e-5),
        "loss": pytest.approx((difference**4).sum(axis=-1).mean(), rel=1e-5),
    }
    history = model.fit(X, y, epochs=20, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_weight": {0: 1.0}, "sample_weight": np.ones(12)}, r"either class_weight or sample_weight"),
        ({"class_weight": {"cat": 1.0}}, r"class_weight key must be an integer"),
        ({"class_weight": {}}, r"class_weight must be a dictionary"),
        ({"sample_weight": np.ones((12, 2))}, r"\[sparse_categorical_crossentropy\]"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, LABELS, verbose=0, **arguments)


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
def test_crossentropy_is_chosen_by_loss_and_output(name):
    sparse, dense = classifier(metrics=[name]), classifier(loss="categorical_crossentropy", metrics=[name])
    for model, y in ((sparse, LABELS), (dense, np.eye(3)[LABELS])):
        logs = model.evaluate(X, y, verbose=0, return_dict=True)
        assert logs[name] == pytest.approx(logs["loss"], rel=1e-5)
    binary = Sequential([Input((5,)), layers.Dense(1, activation="sigmoid")])
    binary.compile("sgd", "binary_crossentropy", metrics=[name])
    logs = binary.evaluate(X, LABELS > 0, verbose=0, return_dict=True)
    assert logs[name] == pytest.approx(logs["loss"], rel=1e-5)
