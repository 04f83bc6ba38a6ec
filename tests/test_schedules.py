"""Learning-rate schedules in optimizers, their configurations and refusals; rates are in test_optimizer_parity."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, optimizers
from pycnn.optimizers import schedules
from pycnn.saving import custom_object_scope
from tests.optimizer_cases import SCHEDULES


@pytest.mark.parametrize("row", SCHEDULES, ids=repr)
def test_configuration(row):
    schedule = getattr(schedules, row[0])(**row[1])
    described = json.loads(json.dumps(schedules.serialize(schedule)))
    again = schedules.deserialize(described)
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()
    optimizer = optimizers.Adam(schedule)
    again = optimizers.get(json.loads(json.dumps(optimizers.serialize(optimizer))))
    assert again.get_config() == optimizer.get_config()
    assert again.learning_rate == schedule(0)


def test_fit_follows_the_schedule():
    """A linear loss with gradient 1: the weight falls by the rates of the steps."""
    model = Sequential([Input((1,)), layers.Dense(1, use_bias=False, dtype="float64")])
    schedule = schedules.PiecewiseConstantDecay([1, 3], [1.0, 0.25, 0.5])
    model.compile(optimizers.SGD(schedule), "mae")
    model.set_weights([[[0.0]]])
    model.fit(np.ones((6, 1)), np.full((6, 1), -1e9), batch_size=1, verbose=0)
    assert model.get_weights()[0].item() == -(1 + 1 + 0.25 + 0.25 + 0.5 + 0.5)
    assert model.optimizer.learning_rate == 0.5 and model.optimizer.iterations == 6


def test_a_function_is_asked_at_every_step():
    current = {"rate": 0.5}
    optimizer = optimizers.SGD(lambda: current["rate"])
    assert optimizer.learning_rate == 0.5
    current["rate"] = 1.0
    assert optimizer.learning_rate == 1.0
    with pytest.raises(ValueError, match="a function must have a name"):
        optimizer.get_config()


def test_a_schedule_may_be_replaced_but_not_overridden():
    optimizer = optimizers.SGD(schedules.ExponentialDecay(0.1, 10, 0.5))
    with pytest.raises(TypeError, match=r"\[SGD\] the learning rate follows a schedule.*got learning_rate=0.5"):
        optimizer.learning_rate = 0.5
    optimizer.learning_rate = schedules.ExponentialDecay(0.2, 10, 0.5)
    assert optimizer.learning_rate == 0.2
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = schedules.ExponentialDecay(0.3, 10, 0.5)
    assert optimizer.learning_rate == 0.3


def test_one_s_own_schedule_in_a_configuration():
    class Halving(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5**step

        def get_config(self):
            return {}

    description = optimizers.serialize(optimizers.SGD(Halving()))
    with pytest.raises(ValueError, match="got class_name='Halving'"):
        optimizers.deserialize(description)
    with custom_object_scope({"Halving": Halving}):
        assert isinstance(optimizers.deserialize(description)._learning_rate, Halving)
    assert optimizers.deserialize(description, {"Halving": Halving}).learning_rate == 1


def test_formulas_that_have_no_value_at_the_first_step():
    """The schedule of Vaswani et al. 2017, as it is written for Keras."""

    class Transformer(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 * min(step**-0.5, step * 40.0**-1.5)

    with np.errstate(divide="ignore"):
        assert optimizers.SGD(Transformer()).learning_rate == 0


def test_restarts_lie_where_periods_end():
    """In float32 the formula with logarithms would now and then be a period off."""
    for t_mul in (1.0, 1.1, 1.5, 2.0, 3.0):
        schedule = schedules.CosineDecayRestarts(1.0, 10, t_mul=t_mul, m_mul=0.5)
        start, period, height = 0.0, 10.0, 1.0
        for _ in range(6):
            assert schedule(start) == height
            assert schedule(start + period * (1 - 1e-6)) < 1e-6
            start, period, height = start + period, period * t_mul, height / 2


@pytest.mark.parametrize("kind", [int, float, np.int64, np.float32])
def test_kinds_of_steps(kind):
    for name, arguments in SCHEDULES:
        assert type(getattr(schedules, name)(**arguments)(kind(3))) is float


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            r"\[ExponentialDecay\] decay_steps must be > 0; got deca",
        ),
        (lambda: schedules.InverseTimeDecay("a", 1, 0.5), r"\[InverseTimeDecay\] initial_learning_rate .*'a'"),
        (lambda: schedules.PolynomialDecay(0.1, -5), r"\[PolynomialDecay\] decay_steps .*-5"),
        (lambda: schedules.PolynomialDecay(0.1, 5, power=-1), r"\[PolynomialDecay\] power .*-1"),
        (lambda: schedules.CosineDecay(0.1, 5, warmup_steps=-1), r"\[CosineDecay\] warmup_steps .*-1"),
        (lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0.5), r"\[CosineDecayRestarts\] t_mul .*0\.5"),
        (lambda: schedules.CosineDecayRestarts(0.1, 5)(-1), r"\[CosineDecayRestarts\] step .*-1"),
        (lambda: schedules.PiecewiseConstantDecay([1, 1], [1, 2, 3]), r"boundaries must rise; got boundaries=\(1, 1\)"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1]), r"values must be one more than the 1 boundaries"),
        (lambda: schedules.PiecewiseConstantDecay(1, [1]), r"boundaries must be a sequence"),
        (lambda: schedules.deserialize({"class_name": "SGD", "config": {}}), "got class_name='SGD'"),
        (lambda: optimizers.SGD(schedules.ExponentialDecay(-1, 1, 1)).learning_rate, r"\[SGD\] learning_rate .*-1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_s_own_has_to_do_its_part():
    with pytest.raises(NotImplementedError, match=r"\[LearningRateSchedule\] __call__"):
        schedules.LearningRateSchedule()(0)
    with pytest.raises(NotImplementedError, match=r"\[LearningRateSchedule\] get_config"):
        schedules.LearningRateSchedule().get_config()
