"""Callbacks: which hook is called when and with what, and the callbacks that come with pycnn."""

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, layers
from pycnn.callbacks.callback import HOOKS

X, Y = np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(0, 1, 10).reshape(10, 1)


def model(**compiled):
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((3,)), layers.Dense(1)])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return made


class Recorder(callbacks.Callback):
    """Writes down every call."""

    def __init__(self):
        self.calls = []


for _hook in HOOKS:

    def _record(self, *arguments, hook=_hook):
        self.calls.append((hook.removeprefix("on_"), *arguments))

    setattr(Recorder, _hook, _record)


def names(recorder):
    return [call[0] for call in recorder.calls]


STEP = ["train_batch_begin", "train_batch_end"]
TEST = ["test_begin", "test_batch_begin", "test_batch_end", "test_end"]


def test_order_of_the_hooks():
    recorder = Recorder()
    trained = model()
    trained.fit(X, Y, batch_size=4, epochs=2, validation_split=0.2, callbacks=recorder, verbose=0)
    epoch = ["epoch_begin", *STEP * 2, *TEST, "epoch_end"]
    assert names(recorder) == ["train_begin", *epoch * 2, "train_end"]
    assert recorder.model is trained
    assert recorder.params == {"verbose": 0, "epochs": 2, "steps": 2}
    recorder.calls.clear()
    trained.evaluate(X, Y, batch_size=5, callbacks=[recorder], verbose=0)
    assert names(recorder) == ["test_begin", *TEST[1:3] * 2, "test_end"]
    recorder.calls.clear()
    trained.predict(X, batch_size=6, callbacks=[recorder], verbose=0)
    assert names(recorder) == ["predict_begin", *["predict_batch_begin", "predict_batch_end"] * 2, "predict_end"]


def test_arguments_of_the_hooks():
    recorder = Recorder()
    trained = model(metrics=["mae"])
    history = trained.fit(X, Y, batch_size=4, epochs=2, validation_split=0.2, callbacks=[recorder], verbose=0).history
    calls = {}
    for name, *arguments in recorder.calls:
        calls.setdefault(name, []).append(arguments)
    assert calls["epoch_begin"] == [[0, {}], [1, {}]]
    assert [batch for batch, _ in calls["train_batch_begin"]] == [0, 1, 0, 1]
    assert calls["train_batch_end"][1][1] == {name: history[name][0] for name in ("loss", "mae")}
    assert calls["test_end"][0][0] == {name: history[f"val_{name}"][0] for name in ("loss", "mae")}
    assert calls["epoch_end"] == [[e, {name: values[e] for name, values in history.items()}] for e in (0, 1)]
    assert calls["train_end"] == [[calls["epoch_end"][1][1]]]
    recorder.calls.clear()
    outputs = trained.predict(X, batch_size=6, callbacks=[recorder], verbose=0)
    parts = [call[2]["outputs"] for call in recorder.calls if call[0] == "predict_batch_end"]
    np.testing.assert_array_equal(np.concatenate(parts), outputs)


def test_batch_aliases():
    class Old(callbacks.Callback):
        def __init__(self):
            self.calls = []

        def on_batch_begin(self, batch, logs=None):
            self.calls.append(batch)

        def on_batch_end(self, batch, logs=None):
            self.calls.append(sorted(logs))

    old = Old()
    model().fit(X, Y, batch_size=5, callbacks=[old], verbose=0)
    assert old.calls == [0, ["loss"], 1, ["loss"]]


def test_what_a_callback_adds_is_recorded():
    def add(epoch, logs):
        logs["added"] = epoch * 10

    history = model().fit(X, Y, epochs=2, callbacks=[callbacks.LambdaCallback(on_epoch_end=add)], verbose=0)
    assert history.history["added"] == [0, 10]
    assert list(history.history) == ["loss", "added"]


def test_callbacks_run_in_order():
    order = []
    pair = [callbacks.LambdaCallback(on_train_begin=lambda logs, n=n: order.append(n)) for n in (1, 2)]
    model().fit(X, Y, callbacks=pair, verbose=0)
    assert order == [1, 2]


def test_a_list_of_callbacks_in_a_loop_of_ones_own():
    recorder, trained = Recorder(), model()
    hooks = callbacks.CallbackList([[recorder]], add_history=True, model=trained, epochs=2, steps=1, verbose=0)
    assert recorder.model is trained and recorder.params == {"epochs": 2, "steps": 1, "verbose": 0}
    hooks.on_train_begin()
    for epoch in range(2):
        hooks.on_epoch_begin(epoch)
        hooks.on_train_batch_begin(0)
        hooks.on_train_batch_end(0, {"loss": np.float32(0.5), "inner": {"b": np.int64(2)}, "array": X})
        hooks.on_epoch_end(epoch, {"loss": np.array(epoch)})
    hooks.on_train_end()
    assert names(recorder) == ["train_begin", *["epoch_begin", *STEP, "epoch_end"] * 2, "train_end"]
    assert recorder.calls[3] == ("train_batch_end", 0, {"array": X, "b": 2.0, "loss": 0.5})
    assert all(type(recorder.calls[3][2][name]) is float for name in ("b", "loss"))
    assert trained.history.history == {"loss": [0.0, 1.0]}


def test_every_hook_of_a_list_is_forwarded():
    recorder = Recorder()
    hooks = callbacks.CallbackList()
    hooks.append(recorder)
    for hook in HOOKS:
        getattr(hooks, hook)(*([3] if "batch" in hook or "epoch" in hook else []))
        assert recorder.calls[-1][0] == hook.removeprefix("on_") and recorder.calls[-1][-1] == {}
    hooks.on_batch_end(4, {"loss": 1})
    assert recorder.calls[-1] == ("train_batch_end", 4, {"loss": 1.0})


def test_a_list_keeps_what_is_there():
    history, progress = callbacks.History(), callbacks.ProgbarLogger()
    hooks = callbacks.CallbackList([history, progress], add_history=True, add_progbar=True)
    assert hooks.callbacks == [history, progress]
    trained = model()
    assert trained.fit(X, Y, callbacks=hooks, verbose=0) is history
    assert [type(one).__name__ for one in callbacks.CallbackList(None, True, True).callbacks] == [
        "History",
        "ProgbarLogger",
    ]
    late = callbacks.CallbackList(model=trained, verbose=0)
    late.append(callbacks.Callback())
    assert late.callbacks[0].model is trained and late.callbacks[0].params == {"verbose": 0}


def test_lambda_callback():
    seen = []
    functions = {hook: lambda *arguments, hook=hook: seen.append(hook) for hook in HOOKS}
    callback = callbacks.LambdaCallback(**functions, on_batch_end=None)
    trained = model()
    trained.fit(X, Y, validation_split=0.5, callbacks=[callback], verbose=0)
    trained.predict(X, callbacks=[callback], verbose=0)
    assert set(seen) == set(HOOKS)


def test_history_can_be_kept():
    history = callbacks.History()
    trained = model()
    for epochs in (2, 3):
        trained.fit(X, Y, epochs=epochs, callbacks=[history], verbose=0)
    assert len(history.history["loss"]) == 5 and history.epoch == [0, 1, 2]


def test_learning_rate_scheduler(capsys):
    trained = model(optimizer=pycnn.optimizers.SGD(0.5))
    schedules = [lambda epoch: 0.1 / (epoch + 1), lambda epoch, rate: rate / 2]
    for schedule, expected in zip(schedules, [[0.1, 0.05], [0.025, 0.0125]], strict=True):
        callback = callbacks.LearningRateScheduler(schedule, verbose=1)
        history = trained.fit(X, Y, epochs=2, callbacks=[callback], verbose=0).history
        assert history["learning_rate"] == pytest.approx(expected)
    assert "Epoch 2: LearningRateScheduler setting learning rate to 0.05." in capsys.readouterr().out


# EarlyStopping


def stopped(values, monitor="loss", **options):
    """The epochs run when the monitored value is `values`, with the callback and the model."""
    trained = model()
    fake = callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: trained.layers[0].bias.assign([epoch]),
        on_epoch_end=lambda epoch, logs: logs.update({monitor: values[epoch]}),
    )
    early = callbacks.EarlyStopping(monitor=monitor, **options)
    frozen = pycnn.optimizers.SGD(0.0)
    trained.compile(frozen, "mse", metrics=["mae"])
    history = trained.fit(X, Y, epochs=len(values), callbacks=[fake, early], verbose=0)
    return len(history.epoch), early, trained


@pytest.mark.parametrize(
    ("epochs", "values", "options"),
    [
        (2, [1, 2, 3, 4], {}),
        (4, [4, 3, 2, 1], {}),
        (3, [1, 2, 3, 4], {"patience": 2}),
        (6, [5, 4, 5, 3, 4, 4, 4], {"patience": 2}),
        (2, [4, 3.9, 3.8, 3.7], {"min_delta": 0.5}),
        (4, [4, 3, 2, 1], {"min_delta": -0.5}),
        (2, [4, 3, 2, 1], {"mode": "max"}),
        (4, [1, 2, 3, 4], {"mode": "max"}),
        (4, [5, 6, 7, 8, 9], {"start_from_epoch": 2}),
        (3, [5, 4, 5, 5, 5], {"baseline": 2, "patience": 2}),
        (5, [5, 1, 3, 1.5, 2.5], {"baseline": 2, "patience": 3}),
        (2, [float("nan")] * 4, {}),
        (4, [1, 2, 3, 4], {"monitor": "mae", "mode": "max"}),
        (2, [1, 2, 3, 4], {"monitor": "val_mae"}),
    ],
)
def test_early_stopping(epochs, values, options):
    assert stopped(values, **options)[0] == epochs


def test_early_stopping_restores_the_best_weights(capsys):
    epochs, early, trained = stopped([3, 1, 2, 2, 2], patience=2, restore_best_weights=True, verbose=1)
    assert (epochs, early.stopped_epoch, early.best_epoch) == (4, 3, 1)
    assert trained.layers[0].bias.numpy() == 1
    out = capsys.readouterr().out
    assert out == "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    epochs, early, trained = stopped([3, 2, 1], restore_best_weights=True)
    assert epochs == 3 and trained.layers[0].bias.numpy() == 2


def test_early_stopping_can_be_used_again():
    early = callbacks.EarlyStopping(monitor="loss", patience=1, mode="max")
    trained = model()
    lengths = [len(trained.fit(X, Y, epochs=9, callbacks=[early], verbose=0).epoch) for _ in range(2)]
    assert lengths == [2, 2]


def test_early_stopping_warns_about_what_is_not_there():
    with pytest.warns(UserWarning, match=r"\[EarlyStopping\] monitor='val_loss' is not in the logs, which have loss"):
        history = model().fit(X, Y, epochs=3, callbacks=[callbacks.EarlyStopping()], verbose=0)
    assert len(history.epoch) == 3


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            ValueError,
            lambda: callbacks.EarlyStopping(mode="low"),
            r"\[EarlyStopping\] mode must be one of .* got mode='low'",
        ),
        (ValueError, lambda: callbacks.EarlyStopping(patience=-1), r"\[EarlyStopping\] patience .* got patience=-1"),
        (
            ValueError,
            lambda: callbacks.EarlyStopping(min_delta="a"),
            r"\[EarlyStopping\] min_delta .* got min_delta='a'",
        ),
        (
            ValueError,
            lambda: stopped([1, 2], monitor="gain"),
            r"\[EarlyStopping\] mode must be 'min' or 'max' for monitor='gain'",
        ),
        (
            TypeError,
            lambda: callbacks.LambdaCallback(on_epoch_ends=print),
            r"\[LambdaCallback\] .* \(did you mean 'on_epoch_end'",
        ),
        (
            TypeError,
            lambda: callbacks.LambdaCallback(on_epoch_end=3),
            r"\[LambdaCallback\] on_epoch_end must be callable; got",
        ),
        (
            TypeError,
            lambda: callbacks.LearningRateScheduler(0.1),
            r"\[LearningRateScheduler\] schedule must be callable",
        ),
        (
            ValueError,
            lambda: model().fit(X, Y, callbacks=[callbacks.LearningRateScheduler(lambda epoch: -1.0)], verbose=0),
            r"\[SGD\] learning_rate",
        ),
        (
            TypeError,
            lambda: model().fit(X, Y, callbacks=callbacks.History),
            r"\[CallbackList\] callbacks must be",
        ),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()


def test_an_error_in_a_callback_comes_through():
    def fail(epoch, logs):
        raise RuntimeError("mine")

    trained = model()
    with pytest.raises(RuntimeError, match="mine"):
        trained.fit(X, Y, callbacks=[callbacks.LambdaCallback(on_epoch_end=fail)], verbose=0)
    trained.fit(X, Y, verbose=0)
