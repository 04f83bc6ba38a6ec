"""Training with regularizers, constraints and the options of optimizers: losses and weights are those of Keras 3."""

from __future__ import annotations

import numpy as np
import pytest

import pycnn
from pycnn import callbacks, saving
from tests.data.answers import read
from tests.training_cases import BATCH_SIZE, CASES, build, data, fit

KERAS = read("keras_training")


@pytest.mark.parametrize("name", CASES)
def test_training_is_keras_s(name):
    for found, expected in zip(fit(build(pycnn, name), name), KERAS[repr(name)][1], strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6 * np.abs(expected).max())  # some float32 in Keras


@pytest.mark.parametrize("ending", ["keras", "pycnn"])
@pytest.mark.parametrize("name", CASES)
def test_stopped_and_loaded_it_goes_on_with_the_same_bits(name, ending, tmp_path):
    whole = build(pycnn, name)
    x, y = data(name)
    for batch in range(5):
        whole.train_on_batch(x[batch : batch + 4], y[batch : batch + 4])
        if batch == 2:
            whole.save(tmp_path / f"model.{ending}")
    loaded = saving.load_model(tmp_path / f"model.{ending}")
    for batch in (3, 4):
        loaded.train_on_batch(x[batch : batch + 4], y[batch : batch + 4])
    for found, expected in zip(loaded.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


class Interruption(callbacks.Callback):
    """Ends the training after so many batches."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            raise KeyboardInterrupt


def with_backup(name, folder, interrupted_after, save_freq, more=()):
    """Train a case, interrupted and gone on with; the weights at the end."""
    x, y = data(name)
    arguments = {"batch_size": BATCH_SIZE, "epochs": 3, "verbose": 0}
    for batches in (interrupted_after, 0):
        model = build(pycnn, name)
        model.seed = 7
        backup = callbacks.BackupAndRestore(folder, save_freq)
        try:
            model.fit(x, y, callbacks=[*more, backup, Interruption(batches)], **arguments)
        except KeyboardInterrupt:
            continue
    return model.get_weights()


@pytest.mark.parametrize(("interrupted_after", "save_freq"), [(5, "epoch"), (3, 1), (6, 2)])
@pytest.mark.parametrize("name", CASES)
def test_interrupted_it_goes_on_with_the_same_bits(name, interrupted_after, save_freq, tmp_path):
    whole = with_backup(name, tmp_path / "whole", 0, "epoch")
    for found, expected in zip(with_backup(name, tmp_path / "parts", interrupted_after, save_freq), whole, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("interrupted_after", [5, 8])
def test_interrupted_with_averages_in_the_place_of_weights(swap_on_epoch, interrupted_after, tmp_path):
    swap = callbacks.SwapEMAWeights(swap_on_epoch)
    whole = with_backup("averages", tmp_path / "whole", 0, "epoch")
    parts = with_backup("averages", tmp_path / "parts", interrupted_after, "epoch", [swap])
    for found, expected in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("ending", ["keras", "pycnn"])
def test_saved_with_averages_in_the_place_of_weights(ending, tmp_path):
    model = build(pycnn, "averages")
    x, y = data("averages")
    model.fit(x, y, epochs=2, verbose=0, batch_size=4)
    model.train_on_batch(x, y)
    model.update.swap_averages()
    model.save(tmp_path / f"model.{ending}")
    loaded = saving.load_model(tmp_path / f"model.{ending}")
    assert loaded.update.swapped
    loaded.update.swap_averages()
    model.update.swap_averages()
    for each in (model, loaded):
        each.train_on_batch(x, y)
    for found, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_file_has_the_cases():
    assert list(KERAS) == [repr(name) for name in CASES]
