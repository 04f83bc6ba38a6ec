"""The optimizers: Keras's update rules step by step, configuration, refusals."""

import copy
import json
import pickle

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, layers, optimizers

STEPS = 6


def sgd(w, gradients, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=0.0):
    velocity = np.zeros_like(w)
    for gradient in gradients:
        w = w - learning_rate * weight_decay * w
        velocity = momentum * velocity - learning_rate * gradient
        w = w + (momentum * velocity - learning_rate * gradient if nesterov else velocity)
    return w


def adam(w, gradients, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=0.0):
    m, v, largest = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, 1):
        w = w - learning_rate * weight_decay * w
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        largest = np.maximum(largest, v)
        rate = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        w = w - rate * m / (np.sqrt(largest if amsgrad else v) + epsilon)
    return w


def adamw(w, gradients, weight_decay=0.004, **options):
    return adam(w, gradients, weight_decay=weight_decay, **options)


def rmsprop(w, gradients, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weight_decay=0.0):
    v, mean, step = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for gradient in gradients:
        w = w - learning_rate * weight_decay * w
        v = rho * v + (1 - rho) * gradient**2
        mean = rho * mean + (1 - rho) * gradient
        root = np.sqrt((v - mean**2 if centered else v) + epsilon)
        step = momentum * step + learning_rate * gradient / root
        w = w - step
    return w


RULES = [
    (optimizers.SGD, sgd, {}),
    (optimizers.SGD, sgd, {"learning_rate": 0.3}),
    (optimizers.SGD, sgd, {"learning_rate": 0.1, "momentum": 0.9}),
    (optimizers.SGD, sgd, {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    (optimizers.SGD, sgd, {"learning_rate": 0.1, "nesterov": True}),
    (optimizers.SGD, sgd, {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.2}),
    (optimizers.Adam, adam, {}),
    (optimizers.Adam, adam, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}),
    (optimizers.Adam, adam, {"learning_rate": 0.1, "amsgrad": True, "beta_2": 0.5}),
    (optimizers.Adam, adam, {"learning_rate": 0.1, "weight_decay": 0.3}),
    (optimizers.AdamW, adamw, {}),
    (optimizers.AdamW, adamw, {"learning_rate": 0.1, "weight_decay": 0.5, "amsgrad": True}),
    (optimizers.RMSprop, rmsprop, {}),
    (optimizers.RMSprop, rmsprop, {"learning_rate": 0.1, "rho": 0.5, "epsilon": 0.01}),
    (optimizers.RMSprop, rmsprop, {"learning_rate": 0.1, "momentum": 0.8}),
    (optimizers.RMSprop, rmsprop, {"learning_rate": 0.1, "momentum": 0.8, "centered": True}),
    (optimizers.RMSprop, rmsprop, {"learning_rate": 0.1, "centered": True, "weight_decay": 0.1}),
]
rules = pytest.mark.parametrize(("optimizer", "rule", "options"), RULES)


@rules
def test_update_rule(optimizer, rule, options, rng):
    """The loss is linear in the weights, so that a batch decides its gradient: mean |y - x w| with y out of reach."""
    gradients = rng.normal(size=(STEPS, 5, 1))
    model = Sequential([Input((5,)), layers.Dense(1, use_bias=False, dtype="float64")])
    model.compile(optimizer(**options), "mae")
    start = rng.normal(size=(5, 1))
    model.set_weights([start])
    for gradient in gradients:
        model.train_on_batch(gradient.T, [[-1e9]])
    np.testing.assert_allclose(model.get_weights()[0], rule(start, gradients, **options), rtol=1e-12)


@rules
def test_configuration(optimizer, rule, options):
    made = optimizer(**options, name="mine")
    config = json.loads(json.dumps(made.get_config()))
    assert {**config, **options} == config and config["name"] == "mine"
    assert optimizer.from_config(config).get_config() == config
    assert optimizers.get({"class_name": optimizer.__name__, "config": config}).get_config() == config


@rules
def test_state_per_weight(optimizer, rule, options):
    model = Sequential([Input((5,)), layers.Dense(2, name="dense")])
    model.compile(optimizer(**options), "mse")
    model.train_on_batch(np.ones((3, 5)), np.zeros((3, 2)))
    state = model.optimizer_state()
    slots = [state[f"dense/kernel/{name}"] for name in model.optimizer.slot_names]
    assert len(state) == 4 + 2 * len(slots)
    assert all(slot.shape == (5, 2) and slot.dtype == np.float32 and np.all(slot) for slot in slots)
    assert state["iteration"] == model.optimizer.iterations == 1
    assert state["learning_rate"] == model.optimizer.learning_rate


COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


def test_defaults_are_those_of_keras():
    configs = {name: optimizers.get(name).get_config() for name in ("sgd", "adam", "adamw", "rmsprop")}
    adam_settings = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False}
    assert configs == {
        "sgd": {**COMMON, "name": "sgd", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        "adam": {**COMMON, "name": "adam", **adam_settings},
        "adamw": {**COMMON, "name": "adamw", **adam_settings, "weight_decay": 0.004},
        "rmsprop": {
            **COMMON,
            "name": "rmsprop",
            "learning_rate": 0.001,
            "rho": 0.9,
            "momentum": 0.0,
            "epsilon": 1e-07,
            "centered": False,
        },
    }


@pytest.mark.parametrize("name", [name for name in optimizers.__all__ if name[0].isupper() and name != "Optimizer"])
def test_names(name):
    for given in (name, name.lower()):
        assert type(optimizers.get(given)).__name__ == name
    described = json.loads(json.dumps(optimizers.serialize(optimizers.get(name))))
    assert type(optimizers.deserialize(described)).__name__ == name


def test_an_optimizer_passes_through():
    optimizer = optimizers.SGD()
    assert optimizers.get(optimizer) is optimizer


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            ValueError,
            lambda: optimizers.get("sdg"),
            r"\[get\] optimizer .* got optimizer='sdg' \(did you mean 'SGD|'sgd",
        ),
        (TypeError, lambda: optimizers.get(None), r"\[get\] optimizer must be a name.*got None"),
        (ValueError, lambda: optimizers.get({"class_name": "Ftrl", "config": {}}), r"got class_name='Ftrl'"),
        (ValueError, lambda: optimizers.get({"class_name": "SGD", "config": {}, "module": "os"}), "of module .os"),
        (ValueError, lambda: optimizers.SGD(-0.1), r"\[SGD\] learning_rate .* >= 0; got learning_rate=-0.1"),
        (ValueError, lambda: optimizers.SGD(float("nan")), r"\[SGD\] learning_rate .* got learning_rate=nan"),
        (ValueError, lambda: optimizers.SGD("fast"), r"\[SGD\] learning_rate .* got learning_rate='fast'"),
        (ValueError, lambda: optimizers.SGD(momentum=1.5), r"\[SGD\] momentum .* \[0, 1\]; got momentum=1.5"),
        (ValueError, lambda: optimizers.Adam(beta_1=-1), r"\[Adam\] beta_1 .* got beta_1=-1"),
        (ValueError, lambda: optimizers.Adam(epsilon=-1), r"\[Adam\] epsilon .* got epsilon=-1"),
        (ValueError, lambda: optimizers.AdamW(weight_decay=-1), r"\[AdamW\] weight_decay .* got weight_decay=-1"),
        (ValueError, lambda: optimizers.RMSprop(rho=2), r"\[RMSprop\] rho .* got rho=2"),
        (ValueError, lambda: optimizers.AdamW(weight_decay=None), r"\[AdamW\] weight_decay .* got weight_decay=None"),
        (ValueError, lambda: optimizers.Lion(beta_1=0), r"\[Lion\] beta_1 must be above 0.*got beta_1=0"),
        (ValueError, lambda: optimizers.Adagrad(initial_accumulator_value=-1), r"\[Adagrad\] initial_acc.* got .*=-1"),
        (ValueError, lambda: optimizers.Adam(clipnorm=-1.0), r"\[Adam\] clipnorm .* >= 0; got clipnorm=-1.0"),
        (ValueError, lambda: optimizers.Adam(clipnorm=1.0, clipvalue=2.0), r"\[Adam\] only one of .* 'clipvalue': 2.0"),
        (ValueError, lambda: optimizers.SGD(ema_momentum=1.5), r"\[SGD\] ema_momentum .* got ema_momentum=1.5"),
        (ValueError, lambda: optimizers.SGD(ema_overwrite_frequency=0), r"\[SGD\] ema_overwrite_frequency .*=0"),
        (ValueError, lambda: optimizers.SGD(gradient_accumulation_steps=1), r"\[SGD\] gradient_acc.*>= 2.*; got .*=1"),
        (ValueError, lambda: optimizers.SGD(loss_scale_factor="x"), r"\[SGD\] loss_scale_factor .*'x'"),
        (ValueError, lambda: optimizers.SGD(lambda: "x").learning_rate, r"\[SGD\] learning_rate .*'x'"),
        (
            TypeError,
            lambda: optimizers.SGD(clipnrom=0.1),
            r"unexpected argument clipnrom=0.1 \(did you mean 'clipnorm'",
        ),
        (TypeError, lambda: optimizers.SGD(lr=0.1), r"\[SGD\] unexpected argument lr=0.1"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()


def test_a_rate_that_is_refused_changes_nothing():
    optimizer = optimizers.Adam(0.5)
    with pytest.raises(ValueError, match="learning_rate"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == 0.5


def test_numbers_are_used_as_keras_s_variables_are():
    optimizer = optimizers.Adam(0.5)
    optimizer.learning_rate.assign(0.25)
    assert optimizer.learning_rate == float(optimizer.learning_rate.numpy()) == 0.25
    assert optimizer.iterations.numpy() == 0
    assert json.dumps(optimizer.learning_rate) == "0.25" and f"{optimizer.learning_rate:.1e}" == "2.5e-01"
    again = copy.deepcopy(optimizer)
    again.learning_rate.assign(0.125)
    assert (optimizer.learning_rate, again.learning_rate) == (0.25, 0.125)
    assert type(pickle.loads(pickle.dumps(optimizer.learning_rate))) is float


def test_the_decay_of_old_configurations():
    assert optimizers.SGD(decay=0.0).get_config() == optimizers.SGD(decay=None).get_config()
    with pytest.raises(TypeError, match=r"unexpected argument decay=0\.1"):
        optimizers.SGD(decay=0.1)


def test_one_optimizer_may_train_two_models(rng):
    """Its rate holds for both; each keeps its own state."""
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    optimizer = optimizers.SGD(0.1, momentum=0.9)
    trained = []
    for given in (optimizer, optimizer, optimizers.SGD(0.1, momentum=0.9)):
        pycnn.utils.set_random_seed(0)
        model = Sequential([Input((3,)), layers.Dense(1)])
        model.compile(given, "mse")
        model.fit(x, y, epochs=3, verbose=0)
        trained.append(model.get_weights()[0].tolist())
    assert trained[0] == trained[1] == trained[2]
