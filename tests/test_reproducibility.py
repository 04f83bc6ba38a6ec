"""Training gives the same bits for the same seed, for any number of threads, and after an interruption."""

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, datasets, layers, optimizers
from tests.test_training import classifier, weights_digest


@pytest.fixture(scope="module")
def digits():
    (x, y), _ = datasets.digits.load_data()
    return x[:300, ..., np.newaxis], y[:300]


def test_the_seed_decides_everything(digits):
    digests = []
    for seed in (1, 1, 2):
        model = classifier(dropout=0.4, seed=seed)
        model.fit(*digits, epochs=2, verbose=0)
        digests.append(weights_digest(model))
    assert digests[0] == digests[1] != digests[2]


def test_threads_do_not_change_an_epoch_of_lenet(digits):
    x, y = np.repeat(np.repeat(digits[0], 4, axis=1), 4, axis=2)[:, 2:30, 2:30], digits[1]
    digests = {}
    for threads in (1, 2, 3, 4):
        pycnn.config.set_num_threads(threads)
        pycnn.utils.set_random_seed(5)
        model = pycnn.applications.LeNet5()
        model.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, verbose=0).history
        digests[threads] = weights_digest(model), history["loss"][0]
    assert len(set(digests.values())) == 1, digests


def test_fit_goes_on_where_it_ended(digits):
    at_once, in_parts = classifier(dropout=0.3), classifier(dropout=0.3)
    at_once.fit(*digits, epochs=3, verbose=0)
    for _ in range(3):
        in_parts.fit(*digits, verbose=0)
    assert weights_digest(at_once) == weights_digest(in_parts)


@pytest.mark.parametrize("optimizer", ["sgd", optimizers.SGD(0.01, momentum=0.9), "adam", "adamw", "rmsprop"])
def test_training_state_resumes_exactly(optimizer, digits):
    model = classifier(dropout=0.3, optimizer=optimizer)
    model.fit(*digits, verbose=0)
    twin = classifier(dropout=0.3, seed=99, optimizer=type(model.optimizer).from_config(model.optimizer.get_config()))
    twin.set_weights(model.get_weights())
    twin.set_optimizer_state(model.optimizer_state())
    model.optimizer.learning_rate = 0.002
    twin.set_optimizer_state(model.optimizer_state())
    for each in (model, twin):
        each.fit(*digits, epochs=2, verbose=0)
    assert weights_digest(model) == weights_digest(twin)


def test_training_state_is_checked():
    model = classifier()
    state = model.optimizer_state()
    weights = [f"{layer}/{weight}" for layer in ("conv", "dense") for weight in ("kernel", "bias")]
    slots = {f"{weight}/{slot}" for weight in weights for slot in ("momentum", "velocity")}
    assert set(state) == {"iteration", "learning_rate", "passes", "seed", *slots}
    bad = [
        ({**state, "more": np.zeros(1)}, r"this model's names; got missing or unknown=\['more'\]"),
        ({}, r"missing or unknown=\['conv/bias/momentum'"),
        ({name: state[name] for name in state if name != "seed"}, r"missing or unknown=\['seed'\]"),
        ({**state, "iteration": np.zeros(2)}, r"state\['iteration'\] must be numbers of shape \(\); got shape=\(2,\)"),
        ({**state, "iteration": np.asarray(-1)}, r"iteration, passes and seed must be >= 0"),
        ({**state, "learning_rate": np.asarray(np.nan)}, r"learning_rate"),
    ]
    before = weights_digest(model), str(model.optimizer_state())
    for wrong, message in bad:
        with pytest.raises(ValueError, match=message):
            model.set_optimizer_state(wrong)
    assert (weights_digest(model), str(model.optimizer_state())) == before
    uncompiled = Sequential([Input((3,)), layers.Dense(1)])
    assert uncompiled.optimizer_state() == {}
    uncompiled.set_optimizer_state({})
    with pytest.raises(ValueError, match=r"\[set_optimizer_state\] the model must be compiled and built"):
        uncompiled.set_optimizer_state(state)
