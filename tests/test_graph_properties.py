"""A few random functional models, always the same; `python -m tests.graph_properties` tries many."""

import numpy as np
import pytest

from pycnn import Input, Model, Sequential, layers
from tests.checks import assert_same_bits
from tests.graph_properties import PROPERTIES, check


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_holds(holds):
    check(holds, 30)


def test_an_input_that_no_output_needs_is_given_all_the_same(rng):
    x, unused = Input((3,)), Input((5,))
    model = Model([unused, x], layers.Dense(2)(x))
    model.compile("sgd", "mse")
    samples, ignored = rng.normal(size=(4, 3)), rng.normal(size=(4, 5))
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model.predict([ignored, samples], verbose=0), samples @ kernel + bias, rtol=1e-5)
    losses = model.fit([ignored, samples], np.ones((4, 2)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    with pytest.raises(ValueError, match=r"x must hold an array for each of the inputs"):
        model.predict(samples, verbose=0)


def test_lists_of_one_input_and_one_output(rng):
    x = Input((3,))
    y = layers.Dense(2)(x)
    samples, targets, losses = rng.normal(size=(4, 3)), np.ones((4, 2)), []
    for model in (Model([x], [y]), Model(x, y)):
        for loss, weights in (("mse", 2.0), (["mse"], [2.0])):
            model.compile("sgd", loss, loss_weights=weights, metrics=["mae"])
            for given, target in ((samples, targets), ([samples], [targets]), (samples, [targets])):
                losses.append(model.test_on_batch(given, target))
    assert all(loss == losses[0] for loss in losses)
    stack = Sequential([Model([x], layers.Dense(2)(x)), layers.ReLU()])
    outer = Input((3,))
    assert_same_bits(Model(outer, stack(outer)).predict(samples, verbose=0), stack.predict(samples, verbose=0))
