"""`fit(max_memory=...)`: batches trained on in parts are the same training, within the limit; and what is refused."""

import numpy as np
import pytest

from pycnn import Input, Model, Sequential, layers, losses, metrics, optimizers, regularizers, utils
from pycnn.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, GaussianNoise, MaxPooling2D

SAMPLES, BATCH = 37, 16  # the last batch has 5


def convnet(*more, units=4, activation="softmax", **first) -> Sequential:
    """37 numbers a sample into the dropout: no multiple of the four that a random block gives."""
    return Sequential(
        [
            Input((9, 9, 2)),
            Conv2D(8, 3, activation="relu", **first),
            MaxPooling2D(2),
            Flatten(),
            Dense(37, activation="tanh"),
            *more,
            Dense(units, activation=activation),
        ]
    )


def images(seed=0):
    return np.random.default_rng(seed).random((SAMPLES, 9, 9, 2), dtype=np.float32)


def classes():
    return np.arange(SAMPLES) * 7 % 4


def one_hot():
    return np.eye(4, dtype=np.float32)[classes()]


def sample_weights():
    return np.linspace(0.1, 3, SAMPLES, dtype=np.float32)


def two_outputs() -> Model:
    x = Input((9, 9, 2))
    y = Flatten()(Conv2D(4, 3, activation="relu")(x))
    return Model(x, {"a": Dense(4, activation="softmax", name="a")(y), "b": Dense(2, name="b")(y)})


def limit_for(model, part) -> int:
    """What training in parts of so many samples needs."""
    plan = model.memory_plan(part)
    return plan.training_total + plan.gradients


CASES = {
    "the core's loss and metrics": (convnet, {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}, {}),
    "a metric that sees outputs": (
        convnet,
        {"loss": "categorical_crossentropy", "metrics": [metrics.F1Score(average="macro"), "mae"]},
        {"y": one_hot()},
    ),
    "dropout and noise": (
        lambda: convnet(Dropout(0.5), GaussianNoise(0.5), layers.SpatialDropout1D(0.3) if False else Dropout(0.2)),
        {"loss": "sparse_categorical_crossentropy"},
        {},
    ),
    "dropout shared by all samples": (
        lambda: convnet(Dropout(0.5, noise_shape=(1, 37)), layers.AlphaDropout(0.3, noise_shape=(None, 1))),
        {"loss": "sparse_categorical_crossentropy"},
        {},
    ),
    "sample weights": (
        convnet,
        {"loss": "sparse_categorical_crossentropy", "weighted_metrics": ["accuracy"]},
        {"sample_weight": sample_weights()},
    ),
    "class weights": (convnet, {"loss": "sparse_categorical_crossentropy"}, {"class_weight": {0: 0.2, 1: 1.0, 3: 4.0}}),
    "a divisor that is the weights' sum": (
        convnet,
        {"loss": losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")},
        {"sample_weight": sample_weights()},
    ),
    "the sum of the losses": (convnet, {"loss": losses.SparseCategoricalCrossentropy(reduction="sum")}, {}),
    "a masked class": (convnet, {"loss": losses.SparseCategoricalCrossentropy(ignore_class=2)}, {}),
    "a loss of the whole batch": (
        lambda: convnet(activation="sigmoid"),
        {"loss": losses.Dice(axis=None)},
        {"y": one_hot()},
    ),
    "regularizers of weights and activity": (
        lambda: convnet(Dense(5, activity_regularizer="l2"), kernel_regularizer=regularizers.L1L2(1e-3, 1e-2)),
        {"loss": "sparse_categorical_crossentropy"},
        {},
    ),
    "activity and sample weights": (
        lambda: convnet(Dense(5, activity_regularizer="l2")),
        {"loss": "sparse_categorical_crossentropy"},
        {"sample_weight": sample_weights()},
    ),
    "clipping and accumulation": (
        convnet,
        {
            "loss": "sparse_categorical_crossentropy",
            "optimizer": optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.3, gradient_accumulation_steps=2),
        },
        {},
    ),
    "two outputs": (
        two_outputs,
        {"loss": {"a": "sparse_categorical_crossentropy", "b": "mse"}, "loss_weights": {"a": 1.0, "b": 3.0}},
        {"y": {"a": classes(), "b": one_hot()[:, :2]}},
    ),
    "augmentation": (
        lambda: Sequential([Input((9, 9, 2)), layers.RandomTranslation(0.2, 0.2, name="moved"), *convnet().layers]),
        {"loss": "sparse_categorical_crossentropy"},
        {},
    ),
}


def trained(case, part=None, epochs=2):
    """The trained model, its logs, and the most that its arenas took."""
    make, compiled, given = CASES[case]
    utils.set_random_seed(5)
    model = make()
    model.compile(**{"optimizer": optimizers.SGD(0.1, momentum=0.9), **compiled})
    limit = None if part is None else limit_for(model, part)
    history = model.fit(
        images(), **{"y": classes(), **given}, batch_size=BATCH, epochs=epochs, verbose=0, max_memory=limit
    )
    return model, history.history, limit


@pytest.mark.parametrize("part", [1, 3, 8])
@pytest.mark.parametrize("case", CASES)
def test_parts_are_the_same_training(case, part):
    if "accumulation" in case and part > 1:
        return
    whole, wanted, _ = trained(case)
    model, logs, limit = trained(case, part)
    largest = max(np.abs(variable.numpy()).max() for variable in whole.weights)
    for variable, expected in zip(model.weights, whole.weights, strict=True):
        difference = np.abs(variable.numpy() - expected.numpy()).max()
        assert difference <= 1e-6 * largest, variable.name
    assert logs.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(logs[name], wanted[name], rtol=1e-5)
    network, plan = model.ready_network(), model.memory_plan(1)
    kept = plan.training_total - plan.training_arena + plan.gradients
    assert network.arena_bytes() <= limit - kept
    assert network.arena_bytes() < model.memory_plan(BATCH).training_arena


def test_nothing_is_split_that_fits():
    utils.set_random_seed(5)
    model = convnet()
    model.compile("sgd", "sparse_categorical_crossentropy")
    utils.set_random_seed(5)
    same = convnet()
    same.compile("sgd", "sparse_categorical_crossentropy")
    plan = model.memory_plan(BATCH)
    model.fit(images(), classes(), BATCH, verbose=0, max_memory=plan.training_total)
    same.fit(images(), classes(), BATCH, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), same.get_weights(), strict=True))


@pytest.mark.parametrize("max_memory", ["1gb", "0.5 MB", " 700KB", "800000B", 900_000, np.int64(1_000_000)])
def test_what_a_limit_may_be(max_memory):
    model = convnet()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(images(), classes(), BATCH, verbose=0, max_memory=max_memory)
    assert model.micro_batches is None


def test_batches_and_validation():
    utils.set_random_seed(5)
    model = convnet(Dropout(0.5))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    utils.set_random_seed(5)
    same = convnet(Dropout(0.5))
    same.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = images(), classes()

    def batches():
        for start in (0, 16, 18):
            yield x[start : start + 12], y[start : start + 12]

    options = {"verbose": 0, "validation_data": (x, y), "validation_batch_size": 37}
    limit = limit_for(model, 4)
    logs = model.fit(batches(), max_memory=limit, **options).history
    wanted = same.fit(batches(), **options).history
    for name in wanted:
        np.testing.assert_allclose(logs[name], wanted[name], rtol=1e-5)
    assert model.fit(x, y, BATCH, max_memory=limit, **options).history["val_loss"]
    plan = model.memory_plan(4)
    assert model.ready_network().arena_bytes() <= limit - plan.parameters - plan.inference_packed


def test_batch_normalization_is_refused_unless_its_parts_may_have_their_own_statistics():
    x, y = images(), classes()

    def model_with(batch_norm):
        utils.set_random_seed(5)
        model = Sequential([Input((9, 9, 2)), Conv2D(4, 3), batch_norm, Flatten(), Dense(4, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    model = model_with(BatchNormalization())
    limit = limit_for(model, 4)
    before = model.get_weights()
    with pytest.raises(ValueError) as caught:
        model.fit(x, y, BATCH, verbose=0, max_memory=limit)
    needed = model.memory_plan(BATCH).training_total
    rule = f"[fit] max_memory must be at least the {needed} bytes that a batch of {BATCH} needs, since batch"
    assert rule in str(caught.value)
    assert "micro_batch_statistics=True" in str(caught.value)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), before, strict=True))
    model.fit(x, y, BATCH, verbose=0, max_memory=limit, micro_batch_statistics=True)
    assert not np.array_equal(model.get_weights()[0], before[0])
    model.fit(x, y, BATCH, verbose=0, max_memory=needed)
    # Statistics follow each part once, also where all parts run forward twice.
    moved = []
    for weights in (None, np.ones(SAMPLES, np.float32)):
        model = model_with(BatchNormalization())
        options = {"sample_weight": weights, "shuffle": False, "micro_batch_statistics": True}
        model.fit(x, y, SAMPLES, verbose=0, max_memory=limit, **options)
        moved.append(model.layers[1].moving_mean.numpy())
    np.testing.assert_array_equal(*moved)
    frozen = BatchNormalization(trainable=False)
    model_with(frozen).fit(x, y, BATCH, verbose=0, max_memory=limit)


def test_refusals():
    model = convnet()
    model.compile("sgd", "sparse_categorical_crossentropy")
    needed = limit_for(model, 1)
    refused = {
        needed - 1: f"max_memory must be at least the {needed} bytes",
        "12": "max_memory must be a positive number of bytes, or text such as",
        "12 TB": "max_memory must be a positive number of bytes",
        0: "max_memory must be a positive number of bytes",
        -5: "max_memory must be a positive number of bytes",
        1.5: "max_memory must be a positive number of bytes",
        True: "max_memory must be a positive number of bytes",
    }
    for max_memory, message in refused.items():
        with pytest.raises(ValueError) as caught:
            model.fit(images(), classes(), BATCH, verbose=0, max_memory=max_memory)
        assert message in str(caught.value)
        assert repr(max_memory) in str(caught.value)
        assert model.micro_batches is None
    with pytest.raises(ValueError, match=r"\[fit\] micro_batch_statistics must be True or False"):
        model.fit(images(), classes(), verbose=0, micro_batch_statistics=1)


def test_a_training_step_of_ones_own_cannot_be_split():
    class Own(Model):
        def train_step(self, data):
            return super().train_step(data)

    x = Input((4,))
    model = Own(x, Dense(1)(x))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError) as caught:
        model.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0, max_memory="1GB")
    assert "[fit] a model with a train_step of its own cannot be trained in parts" in str(caught.value)
