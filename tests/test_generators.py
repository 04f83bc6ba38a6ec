"""Batches from generators: how far they are read, and what happens when they end."""

import itertools

import numpy as np
import pytest

from pycnn import Input, Sequential, layers

X, Y = np.ones((4, 2), "float32"), np.full((4, 1), 2.0, "float32")


@pytest.fixture
def model():
    model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def counted(batches, read):
    for number in batches:
        read.append(number)
        yield X, Y


def test_a_generator_is_read_no_further_than_needed(model):
    train, validate = [], []
    history = model.fit(
        counted(itertools.count(), train),
        epochs=3,
        steps_per_epoch=2,
        validation_data=counted(itertools.count(), validate),
        validation_steps=4,
        validation_freq=2,
        verbose=0,
    )
    assert (len(train), len(validate)) == (6, 4)
    assert (len(history.history["loss"]), len(history.history["val_loss"])) == (3, 1)


def test_every_epoch_validates_on_batches_of_its_own(model):
    read = []
    history = model.fit(X, Y, epochs=3, validation_data=counted(range(6), read), validation_steps=2, verbose=0)
    assert read == list(range(6))
    assert all(loss > 0 for loss in history.history["val_loss"]) and len(history.history["val_loss"]) == 3


@pytest.mark.parametrize(
    ("steps", "losses", "message"),
    [
        (None, 1, "for all epochs; got 0"),
        (2, 2, "for steps_per_epoch=2; got 1"),
        (3, 1, "for steps_per_epoch=3; got 0"),
    ],
)
def test_training_ends_with_its_data(model, steps, losses, message):
    with pytest.warns(UserWarning, match=message):
        history = model.fit(counted(range(3), []), epochs=5, steps_per_epoch=steps, verbose=0)
    assert model.stop_training
    assert len(history.history["loss"]) == losses and 0 not in history.history["loss"]


def test_validation_data_that_end_are_reported(model):
    with pytest.warns(UserWarning, match="validation_data must last; got none for epoch 2"):
        history = model.fit(X, Y, epochs=2, validation_data=counted(range(3), []), verbose=0)
    assert [len(history.history[name]) for name in ("loss", "val_loss", "val_mae")] == [2, 1, 1]


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_no_batch_at_all_is_refused(model, method):
    with pytest.raises(ValueError, match=rf"\[{method}\] the data must hold at least one batch; got none"):
        getattr(model, method)(counted((), []), verbose=0)
