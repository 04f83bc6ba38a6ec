"""ModelCheckpoint: which files it writes and when, and that the last good one survives."""

import errno
import os

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, layers

X, Y = np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(0, 1, 10).reshape(10, 1)


def model():
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((3,)), layers.Dense(1, name="dense")])
    made.compile("adam", "mse")
    return made


def fit(checkpoint, epochs=3, losses=(), **options):
    """Train with the loss of the logs replaced by `losses`."""
    trained = model()
    values = [{"val_loss": loss} for loss in losses] or [{}] * epochs
    fake = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(values[epoch]))
    trained.fit(X, Y, batch_size=5, epochs=epochs, verbose=0, callbacks=[fake, checkpoint], **options)
    return trained


@pytest.mark.parametrize(
    ("filepath", "options", "losses", "expected"),
    [
        ("last.pycnn", {}, (), ["last.pycnn"]),
        ("at-{epoch:02d}.pycnn", {}, (), ["at-01.pycnn", "at-02.pycnn", "at-03.pycnn"]),
        ("{epoch}-{val_loss:.2f}.pycnn", {}, (3, 1.5, 2), ["1-3.00.pycnn", "2-1.50.pycnn", "3-2.00.pycnn"]),
        ("{epoch}.pycnn", {"save_best_only": True}, (3, 1, 2), ["1.pycnn", "2.pycnn"]),
        ("{epoch}.pycnn", {"save_best_only": True, "mode": "max"}, (3, 1, 4), ["1.pycnn", "3.pycnn"]),
        ("{epoch}.pycnn", {"save_best_only": True, "initial_value_threshold": 2}, (3, 1, 2), ["2.pycnn"]),
        ("{epoch}.pycnn", {"save_best_only": True}, (1, float("nan"), 0.5), ["1.pycnn", "3.pycnn"]),
        ("{epoch}-{batch}.pycnn", {"save_freq": 1}, (), [f"{e}-{b}.pycnn" for e in (1, 2, 3) for b in (1, 2)]),
        ("{epoch}-{batch}.pycnn", {"save_freq": 3}, (), ["2-1.pycnn", "3-2.pycnn"]),
        ("{epoch}-{batch}-{loss:.0e}.pycnn", {"save_freq": 6}, (), None),
        ("new/folder/{epoch}.pycnn", {}, (), ["1.pycnn", "2.pycnn", "3.pycnn"]),
        ("last.keras", {}, (), ["last.keras"]),
        ("w-{epoch}.weights.h5", {"save_weights_only": True}, (), [f"w-{n}.weights.h5" for n in (1, 2, 3)]),
        ("w-{epoch}.safetensors", {"save_weights_only": True}, (), [f"w-{n}.safetensors" for n in (1, 2, 3)]),
    ],
)
def test_files(tmp_path, filepath, options, losses, expected):
    trained = fit(callbacks.ModelCheckpoint(tmp_path / filepath, **options), losses=losses)
    written = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    if expected is None:
        assert len(written) == 1 and written[0].startswith("3-2-")
        return
    assert written == expected
    if not losses:
        last = (tmp_path / filepath).parent / expected[-1]
        again = model()
        if options.get("save_weights_only"):
            again.load_weights(last)
        else:
            again = pycnn.models.load_model(last)
        np.testing.assert_array_equal(again.predict(X), trained.predict(X))


def test_a_best_value_is_remembered_by_the_next_fit(tmp_path):
    checkpoint = callbacks.ModelCheckpoint(tmp_path / "{epoch}.pycnn", save_best_only=True)
    fit(checkpoint, losses=(3, 1, 2))
    for path in tmp_path.iterdir():
        path.unlink()
    fit(checkpoint, losses=(3, 2, 0.5))
    assert os.listdir(tmp_path) == ["3.pycnn"] and checkpoint.best == 0.5


def test_auto_mode_asks_the_metric(tmp_path):
    trained = model()
    trained.compile("sgd", "mse", metrics=["mae", "accuracy"])
    for name, better in (("val_mae", 1.0), ("val_accuracy", 3.0), ("accuracy", 3.0), ("val_part_accuracy", 3.0)):
        checkpoint = callbacks.ModelCheckpoint(tmp_path / "a.pycnn", monitor=name, save_best_only=True)
        checkpoint.set_model(trained)
        checkpoint.on_epoch_end(0, {name: 2.0})
        checkpoint.on_epoch_end(1, {name: 4.0 - better})
        checkpoint.on_epoch_end(2, {name: better})
        assert checkpoint.best == better, name


@pytest.mark.parametrize("name", ["last.pycnn", "last.keras"])
@pytest.mark.parametrize("failing", ["write", "replace", "fsync"])
def test_a_failed_save_leaves_the_last_good_file(tmp_path, monkeypatch, failing, name):
    path = tmp_path / name
    checkpoint = callbacks.ModelCheckpoint(path)
    trained = fit(checkpoint, epochs=1)
    expected = trained.predict(X)

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space left"):
        trained.fit(X, Y, epochs=1, verbose=0, callbacks=[checkpoint])
    monkeypatch.undo()
    assert os.listdir(tmp_path) == [name]
    np.testing.assert_array_equal(pycnn.models.load_model(path).predict(X), expected)


def test_messages(tmp_path, capsys):
    path = tmp_path / "best.pycnn"
    fit(callbacks.ModelCheckpoint(path, save_best_only=True, verbose=1), losses=(2, 1, 3))
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch 1: val_loss improved from None to 2.00000, saving model to {path}",
        f"Epoch 1: finished saving model to {path}",
        f"Epoch 2: val_loss improved from 2.00000 to 1.00000, saving model to {path}",
        f"Epoch 2: finished saving model to {path}",
        "Epoch 3: val_loss did not improve from 1.00000",
    ]
    fit(callbacks.ModelCheckpoint(path, verbose=1), epochs=1)
    assert capsys.readouterr().out.startswith(f"Epoch 1: saving model to {path}\n")


def test_without_the_value_it_warns_and_saves(tmp_path):
    with pytest.warns(UserWarning, match=r"\[ModelCheckpoint\] monitor='val_loss' is not in the logs, which have loss"):
        fit(callbacks.ModelCheckpoint(tmp_path / "a.pycnn", save_best_only=True), epochs=1)
    assert os.listdir(tmp_path) == ["a.pycnn"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filepath": "a.txt"}, r"\[ModelCheckpoint\] filepath must end in .keras or .pycnn for models; got"),
        (
            {"filepath": "a.h5", "save_weights_only": True},
            r"must end in .weights.h5 or .safetensors for",
        ),
        ({"filepath": "a.pycnn", "save_freq": "batch"}, r"save_freq must be 'epoch' or a number of batches"),
        ({"filepath": "a.pycnn", "save_freq": 0}, r"save_freq must be an integer >= 1"),
        ({"filepath": "a.pycnn", "mode": "best"}, r"\[ModelCheckpoint\] mode must be one of"),
        ({"filepath": "a.pycnn", "initial_value_threshold": "x"}, r"\[ModelCheckpoint\] initial_value_threshold"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.ModelCheckpoint(**options)


def test_a_name_that_the_logs_lack(tmp_path):
    with pytest.raises(ValueError, match=r"\[ModelCheckpoint\] filepath may name epoch, loss, and not 'val_loss'; got"):
        fit(callbacks.ModelCheckpoint(tmp_path / "{val_loss}.pycnn"), epochs=1)
