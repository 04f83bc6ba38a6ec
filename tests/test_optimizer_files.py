"""The state of optimizers with schedules, averages and accumulation in files and as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, optimizers, saving
from pycnn.optimizers import schedules
from pycnn.saving import keras_optimizer

X, Y = np.random.default_rng(0).normal(size=(12, 3)), np.random.default_rng(1).normal(size=(12, 2))


def made(optimizer):
    model = Sequential([Input((3,), name="in"), layers.Dense(2, name="dense")])
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("ending", ["keras", "pycnn"])
@pytest.mark.parametrize("name", ["sgd", "nadam"])
def test_a_schedule_goes_on_where_it_stopped(tmp_path, name, ending):
    cls = type(optimizers.get(name))
    model = made(cls(schedules.ExponentialDecay(0.1, 3, 0.5)))
    model.fit(X, Y, batch_size=5, verbose=0)
    model.save(tmp_path / f"model.{ending}")
    loaded = saving.load_model(tmp_path / f"model.{ending}")
    assert loaded.optimizer.learning_rate == model.optimizer.learning_rate == 0.05
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for each in (model, loaded):
        each.fit(X, Y, batch_size=5, verbose=0)
    for found, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_with_a_schedule_there_is_no_rate_in_the_state():
    arrays = keras_optimizer.variables(made(optimizers.SGD(schedules.CosineDecay(0.1, 3), momentum=0.5)))
    assert [array.shape for array in arrays] == [(), (3, 2), (2,)]


def updated(optimizer):
    """A model whose steps are taken by `Update`, with made-up gradients."""
    model = made(optimizer)
    network = model.training_network()
    rng = np.random.default_rng(2)

    def step():
        for gradient in network.parameter_gradients():
            gradient[...] = rng.normal(size=gradient.shape)
        model.update.step()

    return model, step


OPTIONS = {"use_ema": True, "ema_momentum": 0.5, "gradient_accumulation_steps": 3}


def test_averages_and_sums_are_in_the_state():
    (first, step), (second, _) = updated(optimizers.Nadam(0.1, **OPTIONS)), updated(optimizers.Nadam(0.1, **OPTIONS))
    for _ in range(5):
        step()
    state = first.optimizer_state()
    assert {"dense/kernel/average", "dense/bias/gradient_accumulator", "accumulated_batches"} <= state.keys()
    assert (state["iteration"], state["accumulated_batches"]) == (1, 2)
    second.set_optimizer_state(state)
    assert second.optimizer.steps == 5
    for name, array in second.optimizer_state().items():
        np.testing.assert_array_equal(array, state[name])


def test_keras_s_order():
    model, step = updated(optimizers.Nadam(0.1, **OPTIONS))
    other, _ = updated(optimizers.Nadam(0.1, **OPTIONS))
    for _ in range(5):
        step()
    arrays = keras_optimizer.variables(model)
    kernel, bias = (3, 2), (2,)
    assert [array.shape for array in arrays] == [(), (), *(kernel, bias) * 2, kernel, kernel, bias, bias, ()]
    assert arrays[0] == 5 and arrays[-1] == np.float32(model.optimizer.momentum_product())
    np.testing.assert_array_equal(arrays[2], model.optimizer_state()["dense/kernel/average"])
    assert keras_optimizer.restore(other, arrays, {})
    assert other.optimizer.steps == 5 and other.update.network.iteration == 1
    for name, array in model.optimizer_state().items():
        if name not in ("passes", "seed"):
            np.testing.assert_array_equal(other.optimizer_state()[name], array)
    assert not keras_optimizer.restore(other, arrays[:-1], {})
