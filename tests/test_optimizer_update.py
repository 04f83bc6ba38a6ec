"""`Update`: what happens around the update rule. Runs are compared with Keras's in test_optimizer_parity."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pycnn import Input, Sequential, callbacks, layers, optimizers, regularizers
from pycnn.optimizers.update import Update

KERNEL, BIAS = np.arange(6.0).reshape(3, 2) - 2, np.array([1.0, -1.0])


class Training:
    """A dense layer whose gradients are given; `frozen` freezes its bias."""

    def __init__(self, optimizer, frozen=False, **arguments):
        self.model = Sequential([Input((3,)), layers.Dense(2, dtype="float64", **arguments)])
        self.model.set_weights([KERNEL, BIAS])
        self.network = self.model.ready_network()
        self.network.compile([], optimizer.description())
        self.network.set_frozen([False, frozen])
        self.optimizer = optimizer
        self.update = Update(optimizer, self.network, self.model.weights, [False, frozen])

    def step(self, kernel, bias):
        for view, gradient in zip(self.network.parameter_gradients(), (kernel, bias), strict=True):
            view[...] = gradient
        self.update.step()
        return self.model.get_weights()


def test_regularizers_add_their_gradients():
    training = Training(optimizers.SGD(0.5), kernel_regularizer=regularizers.L2(0.1), bias_regularizer="l1")
    assert training.update.needed
    assert training.update.penalty() == pytest.approx(0.1 * np.square(KERNEL).sum() + 0.02)
    kernel, bias = training.step(np.ones((3, 2)), 0.0)
    np.testing.assert_allclose(kernel, KERNEL - 0.5 * (1 + 0.2 * KERNEL), rtol=1e-15)
    np.testing.assert_allclose(bias, BIAS - 0.5 * 0.01 * np.sign(BIAS), rtol=1e-15)


def test_regularizers_count_for_the_clipping():
    training = Training(optimizers.SGD(1.0, clipnorm=0.5), kernel_regularizer=regularizers.L2(0.5))
    kernel, _ = training.step(0.0, 0.0)
    np.testing.assert_allclose(kernel, KERNEL * (1 - 0.5 / math.sqrt(np.square(KERNEL).sum())), rtol=1e-14)


def test_nothing_happens_to_a_frozen_weight():
    options = {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 1, "global_clipnorm": 1.0}
    arguments = {"bias_regularizer": "l2", "bias_constraint": "non_neg"}
    frozen = Training(optimizers.SGD(0.1, weight_decay=0.1, **options), frozen=True, **arguments)
    without = Training(optimizers.SGD(0.1, weight_decay=0.1, **options), use_bias=True)
    assert frozen.update.penalty() == 0
    for _ in range(3):
        kernel, bias = frozen.step(np.ones((3, 2)), 0.0)
        expected, _ = without.step(np.ones((3, 2)), 0.0)
    frozen.update.finalize_variable_values()
    assert bias.tolist() == frozen.model.get_weights()[1].tolist() == BIAS.tolist()
    np.testing.assert_array_equal(kernel, expected)
    assert [i for i, _, _ in frozen.update.slots()] == [0]


def test_weights_excluded_from_weight_decay():
    optimizer = optimizers.SGD(0.5, weight_decay=0.1)
    model = Sequential([Input((3,)), layers.Dense(2, dtype="float64"), layers.Dense(2, dtype="float64")])
    optimizer.exclude_from_weight_decay(var_list=[model.weights[0]], var_names=["bias"])
    assert [optimizer.decays(variable) for variable in model.weights] == [False, False, True, False]
    model.set_weights([np.ones(shape) for shape in ((3, 2), (2,), (2, 2), (2,))])
    network = model.ready_network()
    network.compile([], optimizer.description())
    update = Update(optimizer, network, model.weights)
    assert not update.needed
    update.step()
    assert [weight.ravel()[0] for weight in model.get_weights()] == [1, 1, 0.95, 1]


def test_every_weight_decays_or_not():
    network = Training(optimizers.SGD()).network
    with pytest.raises(ValueError, match=r"\[network\] decays must have one value for each of the 2 parameters; got 3"):
        network.set_decays([True] * 3)


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_keeps_what_is_short(option):
    training = Training(optimizers.SGD(1.0, **{option: 100.0}))
    kernel, bias = training.step(np.ones((3, 2)), 0.25)
    assert kernel.tolist() == (KERNEL - 1).tolist() and bias.tolist() == (BIAS - 0.25).tolist()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_not_hidden_by_clipping(value):
    for option, spoils_bias in (("clipnorm", False), ("global_clipnorm", True)):
        training = Training(optimizers.SGD(1.0, **{option: 1.0}))
        kernel, bias = training.step(np.full((3, 2), value), 0.25)
        assert np.isnan(kernel).all() and np.isnan(bias).all() == spoils_bias


def test_a_long_gradient_does_not_overflow():
    training = Training(optimizers.SGD(1.0, global_clipnorm=1.0))
    kernel, _ = training.step(np.full((3, 2), 1e150), 0.0)
    np.testing.assert_allclose(KERNEL - kernel, 1 / math.sqrt(6), rtol=1e-14)


def test_averages_before_the_first_step_do_not_count():
    training = Training(optimizers.SGD(use_ema=True))
    training.update.finalize_variable_values()
    assert training.model.get_weights()[0].tolist() == KERNEL.tolist()


def test_averages_and_weights_change_places():
    training = Training(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    training.update.swap_averages()
    assert training.model.get_weights()[0].tolist() == KERNEL.tolist() and not training.update.swapped
    for _ in range(2):
        kernel, _ = training.step(np.ones((3, 2)), 1.0)
    training.update.swap_averages()
    np.testing.assert_allclose(training.model.get_weights()[0], kernel + 0.05, rtol=1e-14)
    assert training.update.swapped
    training.update.swap_averages()
    np.testing.assert_array_equal(training.model.get_weights()[0], kernel)
    training.update.swap_averages()
    training.update.finalize_variable_values()
    assert not training.update.swapped
    for (_, _, average), weight in zip(training.update.slots(), training.model.get_weights(), strict=True):
        np.testing.assert_array_equal(average, weight)
    np.testing.assert_allclose(training.model.get_weights()[0], kernel + 0.05, rtol=1e-14)
    with pytest.raises(
        ValueError, match=r"\[swap_averages\] the optimizer must have use_ema=True; got optimizer='sgd'"
    ):
        Training(optimizers.SGD()).update.swap_averages()


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_the_callback_swaps_for_evaluation(swap_on_epoch):
    training = Training(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    for _ in range(2):
        kernel, bias = training.step(np.ones((3, 2)), 1.0)
    model, x = training.model, np.eye(3)
    model.update, model.optimizer = training.update, training.optimizer
    callback = callbacks.SwapEMAWeights(swap_on_epoch)
    expected = kernel + bias + 0.1
    np.testing.assert_allclose(model.predict(x, verbose=0, callbacks=[callback]), expected, rtol=1e-12)
    np.testing.assert_array_equal(model.get_weights()[0], kernel)
    callback.set_model(model)
    seen = []
    for hook, arguments in [
        ("on_epoch_begin", (0,)),
        ("on_test_begin", ()),
        ("on_test_end", ()),
        ("on_epoch_end", (0,)),
        ("on_epoch_begin", (1,)),
    ]:
        getattr(callback, hook)(*arguments)
        seen.append(training.update.swapped)
    assert seen == [False, True, False, swap_on_epoch, False]


def test_the_callback_needs_averages():
    model = Training(optimizers.SGD()).model
    model.optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match=r"\[SwapEMAWeights\] the optimizer must have use_ema=True"):
        model.predict(np.eye(3), verbose=0, callbacks=[callbacks.SwapEMAWeights()])


def test_packed_weights_follow():
    """The network predicts with what constraints and averages have made of the weights."""
    training = Training(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), kernel_constraint="non_neg")
    x = np.ones((1, 3))
    for _ in range(2):
        kernel, bias = training.step(np.ones((3, 2)), 1.0)
        np.testing.assert_allclose(training.network.predict(x, 1), x @ kernel + bias, rtol=1e-15)
    training.update.finalize_variable_values()
    kernel, bias = training.model.get_weights()
    np.testing.assert_allclose(training.network.predict(x, 1), x @ kernel + bias, rtol=1e-15)


def test_steps_and_iterations():
    training = Training(optimizers.Adam(gradient_accumulation_steps=3))
    counts = []
    for _ in range(7):
        training.step(np.ones((3, 2)), 1.0)
        counts.append((training.optimizer.steps, training.optimizer.iterations, training.network.iteration))
    assert counts == [(step, step // 3, step // 3) for step in range(1, 8)]
    training.optimizer.iterations = 2
    assert training.optimizer.steps == 7
    training.optimizer.iterations = 4
    assert training.optimizer.steps == 12


def test_the_rate_of_a_step_is_the_schedule_s():
    rates = []

    class Noted(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            rates.append(step)
            return 1.0 / (1 + step)

    training = Training(optimizers.SGD(Noted(), clipvalue=9.0))
    rates.clear()
    for step in range(3):
        before = training.model.get_weights()[1]
        _, bias = training.step(0.0, 1.0)
        np.testing.assert_allclose(before - bias, 1 / (1 + step))
    assert rates == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("0/average"), r"\[set_state\] state must have these names; .*0/average"),
        (lambda state: state.update(more=1), r"\[set_state\] .*\['more'\]"),
        (lambda state: state.update({"1/average": np.ones(3)}), r"\[set_state\] state\['1/average'\] must have shape"),
        (lambda state: state.update(accumulated_batches=2), r"\[set_state\] accumulated_batches must be below"),
        (lambda state: state.update(accumulated_batches=-1), r"\[set_state\] accumulated_batches .*=-1"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    optimizer = optimizers.SGD(0.1, use_ema=True, gradient_accumulation_steps=2)
    training = Training(optimizer)
    training.step(np.ones((3, 2)), 1.0)
    before = training.update.state()
    state = training.update.state()
    assert sorted(state) == [f"{i}/{name}" for i in (0, 1) for name in ("average", "gradient_accumulator")] + [
        "accumulated_batches",
        "swapped",
    ]
    state["0/gradient_accumulator"] = np.zeros((3, 2))
    change(state)
    with pytest.raises(ValueError, match=message):
        training.update.set_state(state)
    for name, array in training.update.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_plain_optimizers_need_nothing():
    assert not Training(optimizers.AdamW(0.1, loss_scale_factor=8.0)).update.needed
    training = Training(optimizers.SGD(0.5))
    kernel, _ = training.step(np.ones((3, 2)), 0.0)
    assert kernel.tolist() == (KERNEL - 0.5).tolist()
    assert training.update.state() == {}
