"""A training that was interrupted goes on as if it had not been: BackupAndRestore."""

from __future__ import annotations

import os

import numpy as np
import pytest

import pycnn
from pycnn import callbacks, layers, metrics, saving
from pycnn.callbacks import BackupAndRestore
from tests import kill_training
from tests.test_saving import IMAGES, LABELS, bits, small_cnn

EPOCHS, BATCH, STEPS = 3, 4, 3


class Interrupted(Exception):
    """Stands for the end of the process."""


class Interruption(callbacks.Callback):
    """Ends the training after so many batches."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            raise Interrupted


class Batches(pycnn.utils.PyDataset):
    def __len__(self):
        return STEPS

    def __getitem__(self, index):
        part = slice(index * BATCH, (index + 1) * BATCH)
        return IMAGES[part], LABELS[part]


def model_with_metrics():
    model = small_cnn()
    found = [metrics.SparseCategoricalAccuracy(), metrics.SparseTopKCategoricalAccuracy(2)]
    model.compile("adam", "sparse_categorical_crossentropy", metrics=found)
    return model


def two_outputs():
    x = pycnn.Input((8, 8, 1))
    seen = layers.Dropout(0.5)(layers.Flatten()(layers.Conv2D(2, 3, name="conv")(x)))
    outputs = [layers.Dense(3, activation="softmax", name="kind")(seen), layers.Dense(1, name="size")(seen)]
    model = pycnn.Model(x, outputs)
    model.compile("rmsprop", ["sparse_categorical_crossentropy", "mse"], metrics=[["accuracy"], ["mae"]])
    return model


ARRAYS = (IMAGES, LABELS)
TRAININGS = {
    "arrays": (model_with_metrics, ARRAYS),
    "data set": (model_with_metrics, (Batches(),)),
    "two outputs": (two_outputs, (IMAGES, [LABELS, LABELS.astype(np.float32)])),
}


def fit(model, data, more):
    history = model.fit(*data, batch_size=BATCH if len(data) > 1 else None, epochs=EPOCHS, verbose=0, callbacks=more)
    return {name: values[-1] for name, values in history.history.items()}


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.parametrize("save_freq", ["epoch", 1, 2])
@pytest.mark.parametrize("batches", [1, 3, 4, 5, 8, 9])
def test_an_interrupted_training_ends_in_the_same_bits(tmp_path, training, save_freq, batches):
    make, data = TRAININGS[training]
    model = make()
    start, state = model.get_weights(), model.optimizer_state()
    expected = fit(model, data, [])

    def again():
        other = make()
        other.set_weights(start)
        other.set_optimizer_state({name: state[name] for name in other.optimizer_state()})
        return other

    other = again()
    with pytest.raises(Interrupted):
        fit(other, data, [BackupAndRestore(tmp_path / "b", save_freq), Interruption(batches)])
    # A program that starts anew; before the first save it begins with what its seed gives, else with anything.
    saved = (tmp_path / "b" / "training.pycnn").exists()
    other = make() if saved else again()
    assert fit(other, data, [BackupAndRestore(tmp_path / "b", save_freq)]) == expected
    assert bits(other) == bits(model) and not (tmp_path / "b").exists()


def waiting_callbacks():
    """Callbacks that wait for epochs without improvement, which all after the first are taken for."""
    better = dict(monitor="loss", min_delta=10.0)
    return [
        callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1, **better),
        callbacks.EarlyStopping(patience=4, restore_best_weights=True, **better),
        callbacks.ReduceLROnPlateau(factor=0.9, patience=2, **better),
    ]


@pytest.mark.parametrize("save_freq", ["epoch", 2])
@pytest.mark.parametrize("batches", [4, 5, 7, 10, 12, 14, 15])
def test_what_callbacks_wait_for_is_kept(tmp_path, save_freq, batches):
    def run(model, *more):
        ours = waiting_callbacks()
        backup = BackupAndRestore(tmp_path / "b", save_freq)
        model.fit(*ARRAYS, BATCH, 10, verbose=0, callbacks=[*more[:1], *ours, backup, *more[1:]])
        return (
            [(callback.wait, callback.best) for callback in ours],
            ours[1].stopped_epoch,
            model.optimizer.learning_rate,
        )

    def model(optimizer_state=None, start=None):
        made = small_cnn("sgd")
        if start is not None:
            made.set_weights(start)
            made.set_optimizer_state(optimizer_state)
        return made

    first = model()
    start, state = first.get_weights(), first.optimizer_state()
    expected = run(first)
    assert expected[1] == 4 and first.optimizer.iterations == 5 * STEPS
    with pytest.raises(Interrupted):
        run(model(state, start), callbacks.Callback(), Interruption(batches))
    other = model()
    assert run(other) == expected and bits(other) == bits(first)


def test_a_training_that_a_callback_has_ended_stays_ended(tmp_path):
    class Last(callbacks.Callback):
        def on_train_end(self, logs=None):
            raise Interrupted

    stop = callbacks.EarlyStopping("loss", patience=0, min_delta=10.0)
    model = model_with_metrics()
    with pytest.raises(Interrupted):
        fit(model, ARRAYS, [stop, Last(), BackupAndRestore(tmp_path)])
    other = model_with_metrics()
    history = other.fit(*ARRAYS, BATCH, EPOCHS, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert history.epoch == [] and bits(other) == bits(model) and other.optimizer.iterations == 2 * STEPS


def test_the_file_may_stay(tmp_path):
    model = model_with_metrics()
    fit(model, ARRAYS, [BackupAndRestore(tmp_path / "b", delete_checkpoint=False)])
    other = model_with_metrics()
    history = other.fit(IMAGES, LABELS, BATCH, EPOCHS, verbose=0, callbacks=BackupAndRestore(tmp_path / "b"))
    assert history.epoch == [] and bits(other) == bits(model)


def test_other_files_stay(tmp_path):
    (tmp_path / "mine").write_text("x")
    fit(model_with_metrics(), ARRAYS, [BackupAndRestore(tmp_path, save_freq=2)])
    assert os.listdir(tmp_path) == ["mine"]


def test_files_that_do_not_fit(tmp_path):
    fit(model_with_metrics(), ARRAYS, [BackupAndRestore(tmp_path, delete_checkpoint=False)])
    other = small_cnn("sgd")
    before = bits(other)
    with pytest.raises(saving.ModelFileError, match="the training state does not fit the model"):
        fit(other, ARRAYS, [BackupAndRestore(tmp_path)])
    assert other.optimizer.iterations == 0 and bits(other) == before
    path = tmp_path / "training.pycnn"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(saving.ModelFileError, match="damaged"):
        fit(other, ARRAYS, [BackupAndRestore(tmp_path)])
    assert bits(other) == before
    other.save(path)
    with pytest.raises(saving.ModelFileError, match="no state of a training"):
        fit(other, ARRAYS, [BackupAndRestore(tmp_path)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(backup_dir=""), r"\[BackupAndRestore\] backup_dir must be a folder; got backup_dir=''"),
        (dict(backup_dir=3), r"\[BackupAndRestore\] backup_dir .* got backup_dir=3"),
        (dict(backup_dir="b", save_freq=0), r"\[BackupAndRestore\] save_freq .* got save_freq=0"),
        (dict(backup_dir="b", save_freq="batch"), r"\[BackupAndRestore\] save_freq .* got save_freq='batch'"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackupAndRestore(**arguments)


@pytest.mark.parametrize("case", [0, 1, 2])
def test_a_killed_training_ends_in_the_same_bits(tmp_path, case):
    same, kills = kill_training.check(tmp_path / "backup", case)
    assert same, f"killed {kills} times"
