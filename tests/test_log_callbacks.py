"""CSVLogger, TerminateOnNaN and ReduceLROnPlateau in `fit`; `tests/test_keras_callbacks.py` compares with Keras."""

import csv
import functools

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, layers

X, Y = np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(0, 1, 10).reshape(10, 1)


def model(**compiled):
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((3,)), layers.Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return made


def test_csv_file_has_the_history(tmp_path):
    path = tmp_path / "log.csv"
    trained = model(metrics=["mae"])
    history = trained.fit(
        X, Y, epochs=3, validation_split=0.5, callbacks=[callbacks.CSVLogger(path)], verbose=0
    ).history
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row.pop("epoch")) for row in rows] == [0, 1, 2]
    assert sorted(rows[0]) == list(rows[0]) and set(rows[0]) == set(history)
    assert {name: [float(row[name]) for row in rows] for name in history} == history


def test_csv_file_is_complete_after_every_epoch(tmp_path):
    path = tmp_path / "log.csv"
    seen = []
    look = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(path.read_text().count("\n")))
    model().fit(X, Y, epochs=3, callbacks=[callbacks.CSVLogger(path), look], verbose=0)
    assert seen == [2, 3, 4]


def test_csv_file_after_an_interrupted_run(tmp_path):
    path = tmp_path / "log.csv"
    logger = callbacks.CSVLogger(path, append=True)

    def fail(epoch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, callbacks=[logger, callbacks.LambdaCallback(on_epoch_end=fail)], verbose=0)
    model().fit(X, Y, epochs=2, callbacks=[logger], verbose=0)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["epoch", "0", "0", "1"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_terminate_on_nan(value, capsys):
    bad = X.copy()
    bad[5] = value if value == value else np.nan
    ended = []
    end = callbacks.LambdaCallback(on_train_end=lambda logs: ended.append(True))
    trained = model()
    history = trained.fit(
        bad, Y, batch_size=1, epochs=3, shuffle=False, callbacks=[callbacks.TerminateOnNaN(), end], verbose=0
    )
    assert history.epoch == [0] and ended == [True] and trained.optimizer.iterations == 6
    assert capsys.readouterr().out == "Batch 5: Invalid loss, terminating training\n"
    with pytest.raises(RuntimeError, match=r"\[TerminateOnNaN\] the loss must be finite; got loss=.* at batch=5"):
        model().fit(bad, Y, 1, shuffle=False, callbacks=[callbacks.TerminateOnNaN(raise_error=True), end], verbose=0)
    assert ended == [True]


def test_reduced_rate_is_the_one_that_trains(capsys):
    trained = model(optimizer=pycnn.optimizers.SGD(0.5))
    never = callbacks.ReduceLROnPlateau(monitor="loss", mode="max", factor=0.5, patience=1, min_lr=0.2, verbose=1)
    history = trained.fit(X, Y, epochs=4, callbacks=[never], verbose=0).history
    assert history["learning_rate"] == [0.5, 0.5, 0.25, 0.2] and trained.optimizer.learning_rate == 0.2
    assert capsys.readouterr().out.splitlines()[0] == "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.25."
    other = model(optimizer=pycnn.optimizers.SGD(0.5))
    rates = callbacks.LearningRateScheduler(lambda epoch: [0.5, 0.5, 0.25, 0.2][epoch])
    other.fit(X, Y, epochs=4, callbacks=[rates], verbose=0)
    np.testing.assert_array_equal(trained.get_weights()[0], other.get_weights()[0])


class Schedule:
    def __call__(self, epoch):
        return 0.25


@pytest.mark.parametrize(
    "schedule",
    [
        lambda epoch: 0.25,
        lambda epoch, rate: np.float32(rate + 0.24),
        lambda epoch, *rest: 0.25 * len(rest),
        lambda epoch, *, other=1: 0.25,
        lambda epoch, rate=None: rate + 0.24,
        Schedule(),
        functools.partial(max, 0.25),
    ],
)
def test_every_kind_of_schedule(schedule):
    trained = model()
    trained.fit(X, Y, callbacks=[callbacks.LearningRateScheduler(schedule)], verbose=0)
    assert trained.optimizer.learning_rate == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: callbacks.ReduceLROnPlateau(factor=1.0),
            r"\[ReduceLROnPlateau\] factor must be below 1; got",
        ),
        (lambda: callbacks.ReduceLROnPlateau(patience=-1), r"\[ReduceLROnPlateau\] patience must be an integer >= 0"),
        (lambda: callbacks.ReduceLROnPlateau(mode="up"), r"\[ReduceLROnPlateau\] mode must be one of"),
        (lambda: callbacks.ReduceLROnPlateau(min_lr=-1), r"\[ReduceLROnPlateau\] min_lr must be"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
