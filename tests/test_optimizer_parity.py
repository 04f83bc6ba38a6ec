"""Optimizers with all options, and schedules, against what Keras 3 makes of the same weights and gradients."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from pycnn import Input, Sequential, constraints, layers, optimizers
from pycnn.optimizers import schedules
from pycnn.optimizers.update import Update
from tests.data.answers import read
from tests.optimizer_cases import (
    KEPT,
    NAMES,
    RUNS,
    SCHEDULE_STEPS,
    SCHEDULES,
    SHAPES,
    weights_and_gradients,
)

KERAS_RUNS, KERAS_SCHEDULES = read("keras_optimizers"), read("keras_schedules")
SIGNATURES = json.loads((Path(__file__).parent / "data" / "keras_signatures.json").read_text())


def make_optimizer(run):
    name, arguments, others = run
    if "schedule" in others:
        schedule, options = others["schedule"]
        arguments = {**arguments, "learning_rate": getattr(schedules, schedule)(**options)}
    optimizer = getattr(optimizers, name)(**arguments, name="mine")
    optimizer.exclude_from_weight_decay(var_names=others.get("excluded"))
    return optimizer


class Training:
    """Two dense layers whose gradients are given."""

    def __init__(self, run, dtype):
        weights, self.gradients = weights_and_gradients(run)
        self.optimizer = make_optimizer(run)
        model = Sequential([Input((4,)), layers.Dense(3, dtype=dtype), layers.Dense(2, use_bias=False, dtype=dtype)])
        model.set_weights(weights)
        self.variables = model.weights
        assert [(variable.name, variable.shape) for variable in self.variables] == list(zip(NAMES, SHAPES, strict=True))
        if "constraint" in run[2]:
            name, options = run[2]["constraint"]
            for variable in self.variables:
                variable.constraint = getattr(constraints, name)(**options)
        self.model, self.network = model, model.ready_network()
        self.network.compile([], self.optimizer.description())
        self.update = Update(self.optimizer, self.network, self.variables)

    def step(self, step):
        for view, gradient in zip(self.network.parameter_gradients(), self.gradients[step], strict=True):
            view[...] = gradient
        self.update.step()

    def weights(self):
        return [variable.numpy() for variable in self.variables]

    def slots(self):
        """The optimizer's values in the order of Keras's files."""
        values = []
        parameters = self.network.parameters()
        start = min(view.__array_interface__["data"][0] for _, _, view, _ in parameters)
        flats = self.network.optimizer_slots()
        groups = [flats[:2], flats[2:]] if self.optimizer.core_name in ("adam", "adamw") else [flats]
        if self.optimizer.core_name == "rmsprop":
            groups = [[flat] for flat in flats]
        for group in groups:
            for _, _, view, _ in parameters:
                offset = (view.__array_interface__["data"][0] - start) // view.itemsize
                values += [flat[offset : offset + view.size].reshape(view.shape) for flat in group]
        if self.optimizer.core_name == "nadam":
            values.append(self.optimizer.momentum_product())
        return values


def similar(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, dict):
            assert found[name]["class_name"] == value["class_name"]
            similar(found[name]["config"], value["config"])
        else:
            assert found[name] == (pytest.approx(value, rel=1e-7) if isinstance(value, float) else value)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("run", RUNS, ids=repr)
def test_run_is_keras_s(run, dtype):
    tolerance = {"float64": 1e-12, "float32": 3e-5}[dtype]
    config, answers = KERAS_RUNS[repr(run)]
    training = Training(run, dtype)
    found = []
    for step in range(len(training.gradients)):
        training.step(step)
        if step + 1 in KEPT:
            found += training.weights()
    training.update.finalize_variable_values()
    found += training.weights()
    scalars = 1 if "schedule" in run[2] else 2
    optimizer = training.optimizer
    if scalars == 2:
        assert float(answers[len(found) + 1]) == optimizer.learning_rate
    assert int(answers[len(found)]) == optimizer.steps
    assert optimizer.iterations == optimizer.steps // (optimizer.gradient_accumulation_steps or 1)
    own = [*(view for _, _, view in training.update.slots()), *training.slots()]
    assert len(answers) == len(found) + scalars + len(own)
    for value, correct in zip([*found, *own], [*answers[: len(found)], *answers[len(found) + scalars :]], strict=True):
        assert np.shape(value) == correct.shape
        np.testing.assert_allclose(value, correct, rtol=tolerance, atol=tolerance)
    similar(optimizer.get_config(), config)


@pytest.mark.parametrize("row", SCHEDULES, ids=repr)
def test_schedule_is_keras_s(row):
    config, (rates,) = KERAS_SCHEDULES[repr(row)]
    schedule = getattr(schedules, row[0])(**row[1])
    tolerance = 3e-7 if row[0].startswith("Cosine") else 1e-12  # Keras's pi is of float32
    np.testing.assert_allclose([schedule(step) for step in SCHEDULE_STEPS], rates, rtol=tolerance, atol=tolerance / 10)
    similar(schedule.get_config(), config)
    assert type(schedule(3)) is float


def test_the_files_have_the_rows_of_the_tables():
    assert list(KERAS_RUNS) == [repr(run) for run in RUNS]
    assert list(KERAS_SCHEDULES) == [repr(row) for row in SCHEDULES]
    compared = {name for name, _, _ in RUNS}
    assert compared == {name for name in optimizers.__all__ if name[0].isupper()} - {"Optimizer"}
    assert {name for name, _ in SCHEDULES} == {name for name in schedules.__all__ if name[0].isupper()} - {
        "LearningRateSchedule"
    }


@pytest.mark.parametrize("run", RUNS, ids=repr)
def test_stopped_anywhere_it_goes_on_with_the_same_bits(run):
    whole = Training(run, "float32")
    for step in range(6):
        whole.step(step)
    for stop in (1, 2, 3, 5):
        first, second = Training(run, "float32"), Training(run, "float32")
        for step in range(stop):
            first.step(step)
        second.model.set_weights(first.weights())
        second.network.iteration = first.network.iteration
        for to, of in zip(second.network.optimizer_slots(), first.network.optimizer_slots(), strict=True):
            to[...] = of
        second.update.set_state(first.update.state())
        assert second.optimizer.steps == stop
        for step in range(stop, 6):
            second.step(step)
        for found, expected in zip(second.weights(), whole.weights(), strict=True):
            np.testing.assert_array_equal(found, expected)


OPTIONS = {
    "weight_decay": 0.5,
    "clipnorm": 2.0,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": True,
    "ema_momentum": 0.5,
    "ema_overwrite_frequency": 7,
    "loss_scale_factor": 3.0,
    "gradient_accumulation_steps": 5,
    "name": "mine",
}


@pytest.mark.parametrize("name", sorted({name for name, _, _ in RUNS}))
def test_positional_arguments_are_keras_s(name):
    cls = getattr(optimizers, name)
    own = {
        argument: parameter.default
        for argument, parameter in inspect.signature(cls).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    given = {**own, **OPTIONS}
    order = [argument for argument in SIGNATURES[f"optimizers.{name}"] if argument != "kwargs"]
    config = cls(*(given[argument] for argument in order)).get_config()
    assert {argument: config[argument] for argument in order} == given
    assert list(own) == order[: len(own)]
