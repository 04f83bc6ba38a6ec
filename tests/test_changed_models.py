"""Models that are changed after they were built and compiled."""

import numpy as np

from pycnn import Input, Sequential, layers


def test_a_stack_grows_and_shrinks_after_compile(rng):
    model = Sequential([Input((3,)), layers.Dense(4), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = rng.normal(size=(6, 3))
    model.fit(x, np.arange(6) % 2, verbose=0)
    kernel = model.layers[0].kernel.numpy()
    top = model.layers[-1]
    assert model.pop() is top and top not in model.layers
    model.add(layers.Dense(5, activation="softmax"))
    assert model.output_shape == (None, 5)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), kernel)
    history = model.fit(x, np.arange(6) % 5, epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] and model.optimizer.iterations == 3
    later = Sequential()
    later.add(layers.Dense(3), rebuild=False)
    later.add(layers.Dense(1))
    assert not later.built and later.predict(np.ones((1, 2)), verbose=0).shape == (1, 1)
