"""Makes keras_optimizers.npz and keras_schedules.npz: what Keras 3's optimizers make of weights, and its rates.

Run with Keras 3 and JAX installed: KERAS_BACKEND=jax python -m tests.data.make_keras_optimizers [--check]
"""

import numpy as np

from tests.data import answers
from tests.optimizer_cases import KEPT, NAMES, RUNS, SCHEDULE_STEPS, SCHEDULES, weights_and_gradients


def run_answer(run):
    """The configuration; weights after the kept steps and after finalize_variable_values, then the optimizer's own."""
    import keras

    name, arguments, others = run
    if "schedule" in others:
        schedule, options = others["schedule"]
        arguments = {**arguments, "learning_rate": getattr(keras.optimizers.schedules, schedule)(**options)}
    weights, gradients = weights_and_gradients(run)
    variables = [keras.Variable(weight, name=own) for weight, own in zip(weights, NAMES, strict=True)]
    if "constraint" in others:
        constraint, options = others["constraint"]
        for variable in variables:
            variable.constraint = getattr(keras.constraints, constraint)(**options)
    optimizer = getattr(keras.optimizers, name)(**arguments, name="mine")
    optimizer.exclude_from_weight_decay(var_names=others.get("excluded"))
    config = optimizer.get_config()
    kept = []
    for step, each in enumerate(gradients, 1):
        optimizer.apply(each, variables)
        if step in KEPT:
            kept += [np.asarray(variable) for variable in variables]
    optimizer.finalize_variable_values(variables)
    kept += [np.asarray(variable) for variable in (*variables, *optimizer.variables)]
    return config, kept


def schedule_answer(row):
    """The configuration; the rates."""
    import keras

    name, arguments = row
    schedule = getattr(keras.optimizers.schedules, name)(**arguments)
    return schedule.get_config(), [np.array([schedule(step) for step in SCHEDULE_STEPS])]


if __name__ == "__main__":
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    answers.main("keras_optimizers", RUNS, run_answer)
    answers.main("keras_schedules", SCHEDULES, schedule_answer)
