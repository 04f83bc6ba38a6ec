"""Progress bars: what terminals, notebooks, files and the log get to see."""

import io
import logging
import re
import sys

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, config, layers, utils
from pycnn.utils import console

X, Y = np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(0, 1, 10).reshape(10, 1)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class AsciiTerminal(Terminal):
    encoding = "ascii"


Notebook = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream", "encoding": "utf-8"})


@pytest.fixture
def shown(monkeypatch):
    """Put a stream in the place of standard output."""
    for name in ("PYCHARM_HOSTED", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def replace(stream):
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return replace


def model():
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((3,)), layers.Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


def timeless(text):
    """The text with every time replaced by T."""
    return re.sub(r"\d+(s|ms|us)(?=[ /\x1b])", "T", text)


COLOURED = (
    "\r\x1b[1m1/4\x1b[0m \x1b[32m━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━\x1b[0m \x1b[1mT\x1b[0m T/step - loss: 1.0000"
    "\r\x1b[1m2/4\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━\x1b[0m \x1b[1mT\x1b[0m T/step - loss: 0.7500"
    "\r\x1b[1m3/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━\x1b[0m\x1b[37m━━━━━\x1b[0m \x1b[1mT\x1b[0m T/step - loss: 0.6111"
    "\r\x1b[1m4/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1mT\x1b[0m T/step - loss: 0.5208\n"
)
ASCII = "4/4 ==================== T T/step - loss: 0.5208\n"


def run(target=4, values=(1, 1 / 2, 1 / 3, 1 / 4), **options):
    bar = utils.Progbar(target, interval=0, **options)
    for step, value in enumerate(values):
        bar.update(step + 1, [("loss", value)])
    return bar


@pytest.mark.parametrize(
    ("stream", "verbose", "expected"),
    [
        (Terminal, 1, COLOURED),
        (Notebook, 1, COLOURED),
        (io.StringIO, 1, "4/4 ━━━━━━━━━━━━━━━━━━━━ T T/step - loss: 0.5208\n"),
        (Terminal, 2, "4/4 - T - T/step - loss: 0.5208\n"),
        (io.StringIO, 2, "4/4 - T - T/step - loss: 0.5208\n"),
        (Terminal, 0, ""),
    ],
)
def test_bar(shown, stream, verbose, expected):
    stream = shown(stream())
    run(verbose=verbose)
    # Times have different widths, so blanks may follow a shorter line.
    assert re.sub(r" +(?=\r|\n)", "", timeless(stream.getvalue())) == expected


def test_terminals_without_the_characters(shown):
    stream = shown(AsciiTerminal())
    run()
    plain = re.sub(r"\x1b\[\d+m", "", timeless(stream.getvalue()))
    plain = re.sub(r" +(?=\r|\n)", "", plain)  # times have different widths
    assert plain.split("\r")[-1].replace("  ", " ") == ASCII
    assert plain.split("\r")[1].startswith("1/4 =====............... T T/step")


@pytest.mark.parametrize("variable", [("TERM", "dumb")])
def test_no_control_characters_where_nothing_can_be_redrawn(shown, monkeypatch, variable):
    monkeypatch.setenv(*variable)
    stream = shown(Terminal())
    run()
    assert stream.getvalue().isprintable() is False and "\x1b" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1 and "\r" not in stream.getvalue()


@pytest.mark.parametrize("columns", [10, 25, 40, 60, 100])
def test_a_redrawn_line_fits_the_terminal(shown, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = shown(Terminal())
    bar = utils.Progbar(1000, interval=0)
    bar.update(1, [(f"value_{n}", n) for n in range(9)])
    line = re.sub(r"\x1b\[\d+m", "", stream.getvalue()).removeprefix("\r")
    assert line.startswith("   1/1000") and (len(line) < columns or columns < 25)
    assert ("━" in line) == (columns >= 60)
    bar.update(1000)
    assert "value_8: 8.0000" in stream.getvalue()  # the line that stays is whole


def test_a_shorter_line_covers_a_longer_one(shown):
    stream = shown(Terminal())
    bar = utils.Progbar(3, interval=0, stateful_metrics=["loss"])
    bar.update(1, [("loss", 0)])
    bar.update(2, [("loss", 1)])
    first, second = (re.sub(r"\x1b\[\d+m", "", line) for line in stream.getvalue().split("\r")[1:])
    assert "loss: 0.0000e+00" in first and "loss: 1.0000" in second and len(second) >= len(first)


@pytest.mark.parametrize(
    ("options", "values", "expected"),
    [
        ({}, [1, 2, 6], "loss: 3.0000"),
        ({"stateful_metrics": ["loss"]}, [1, 2, 6], "loss: 6.0000"),
        ({"stateful_metrics": ["other"]}, [1, 2, 6], "loss: 3.0000"),
        ({"stateless_metrics": ["loss"]}, [1, 2, 6], "loss: 3.0000"),
        ({"stateless_metrics": []}, [1, 2, 6], "loss: 6.0000"),
        ({}, [0, 0, 0], "loss: 0.0000e+00"),
        ({}, [1e-3, 1e-3, 1e-3], "loss: 1.0000e-03"),
        ({}, [-5, -5, -5], "loss: -5.0000"),
        ({}, [np.float32(1), np.array(1), np.array([0, 2])], "loss: 1.0000"),
        ({}, [float("nan"), 1, 1], "loss: nan"),
        ({"unit_name": "image"}, [1, 1, 1], "T/image - loss: 1.0000"),
    ],
)
def test_values(shown, options, values, expected):
    stream = shown(io.StringIO())
    run(3, values, **options)
    assert expected in timeless(stream.getvalue())


def test_unknown_target(shown):
    stream = shown(Terminal())
    bar = utils.Progbar(None, interval=0)
    bar.add(1, [("loss", 1.0)])
    bar.add(2, [("loss", 4.0)])
    bar.update(3, finalize=True)
    lines = re.sub(r"\x1b\[\d+m", "", timeless(stream.getvalue())).split("\r")[1:]
    assert [line.strip() for line in lines] == [
        "1/Unknown T T/step - loss: 1.0000",
        "3/Unknown T T/step - loss: 3.0000",
        "3/Unknown T T/step - loss: 3.0000",
    ]


def test_interval(shown):
    stream = shown(Terminal())
    bar = utils.Progbar(1000, interval=1000.0)
    for step in range(1000):
        bar.update(step + 1, [("loss", 1.0)])
    assert stream.getvalue().count("\r") == 2  # the first and the last


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0, "0s"), (59.9, "59s"), (61, "1:01"), (3599, "59:59"), (3601, "1:00:01"), (90061, "25:01:01")],
)
def test_time_left(shown, monkeypatch, seconds, left):
    stream = shown(Terminal())
    now = [0.0]
    monkeypatch.setattr("pycnn.utils.progbar.time.perf_counter", lambda: now[0])
    bar = utils.Progbar(2)
    now[0] = seconds
    bar.update(1)
    assert f"\x1b[1m{left}\x1b[0m" in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "speed"), [(0, "0s/step"), (2, "2s/step"), (0.25, "250ms/step"), (3e-5, "30us/step")]
)
def test_time_per_step_leaves_the_first_out(shown, monkeypatch, seconds, speed):
    stream = shown(io.StringIO())
    now = [0.0]
    monkeypatch.setattr("pycnn.utils.progbar.time.perf_counter", lambda: now[0])
    bar = utils.Progbar(5, verbose=2)
    now[0] = 100.0
    for step in range(5):
        bar.update(step + 1)
        now[0] += seconds
    assert stream.getvalue() == f"5/5 - {100 + 4 * seconds:.0f}s - {speed}\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": -1}, r"\[Progbar\] target must be an integer >= 0"),
        ({"target": 1, "width": -1}, r"\[Progbar\] width"),
        ({"target": 1, "verbose": 3}, r"\[Progbar\] verbose must be 0, 1 or 2; got verbose=3"),
        ({"target": 1, "interval": -1}, r"\[Progbar\] interval"),
        ({"target": 1, "stateful_metrics": [], "stateless_metrics": []}, r"\[Progbar\] only one of"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        utils.Progbar(**options)


# In fit, evaluate and predict

LINE = "4/4 - T - T/step - loss: V - mae: V"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda m: m.fit(X, Y, 3, verbose=2), f"{LINE}\n"),
        (lambda m: m.fit(X, Y, 3, epochs=2, verbose=2), f"Epoch 1/2\n{LINE}\nEpoch 2/2\n{LINE}\n"),
        (lambda m: m.fit(X, Y, 3, epochs=3, initial_epoch=2, verbose=2), f"Epoch 3/3\n{LINE}\n"),
        (lambda m: m.fit(X, Y, 3, validation_data=(X, Y), verbose=2), f"{LINE} - val_loss: V - val_mae: V\n"),
        (lambda m: m.fit(X, Y, 3), f"{LINE}\n"),
        (lambda m: m.fit(X, Y, 3, verbose=0), ""),
        (lambda m: m.fit(X, Y, 3, verbose=1), "4/4 ━━━━━━━━━━━━━━━━━━━━ T T/step - loss: V - mae: V\n"),
        (lambda m: m.evaluate(X, Y, 3), f"{LINE}\n"),
        (lambda m: m.predict(X, 3), ""),
        (lambda m: m.predict(X, 3, verbose=2), "4/4 - T - T/step\n"),
        (lambda m: m.fit(X, Y, 3, verbose=2, callbacks=[callbacks.ProgbarLogger()]), f"{LINE}\n"),
    ],
)
def test_runs_in_a_file(shown, call, expected):
    stream = shown(io.StringIO())
    call(model())
    assert re.sub(r": -?\d[\d.e+-]*", ": V", timeless(stream.getvalue())) == expected


def test_nothing_goes_to_the_stream_of_errors(capsys):
    for verbose in (1, 2, "auto"):
        model().fit(X, Y, epochs=2, verbose=verbose)
        model().evaluate(X, Y, verbose=verbose)
        model().predict(X, verbose=verbose)
    assert capsys.readouterr().err == ""


def test_runs_in_a_terminal(shown):
    stream = shown(Terminal())
    trained = model()
    trained.fit(X, Y, 3, epochs=2)
    text = stream.getvalue()
    assert text.startswith("Epoch 1/2\n\r") and text.count("\n") == 4 and text.count("4/4") == 2
    trained.predict(X, 3)
    assert "4/4" in stream.getvalue()[len(text) :]


def test_a_run_that_stops_shows_how_far_it_came(shown):
    stream = shown(io.StringIO())
    trained = model()

    def stop(batch, logs):
        trained.stop_training = batch == 1

    trained.fit(X, Y, 3, verbose=2, callbacks=[callbacks.LambdaCallback(on_train_batch_end=stop)])
    assert stream.getvalue().startswith("2/4 - ")


def test_messages_do_not_run_into_a_bar(shown):
    stream = shown(Terminal())
    bar = utils.Progbar(2, interval=0)
    bar.update(1)
    console.print_message("a message")
    console.print_message("another")
    bar.update(2)
    assert "/step\na message\nanother\n\r" in timeless(stream.getvalue())


def test_interactive_logging_off(shown, caplog):
    stream = shown(Terminal())
    config.disable_interactive_logging()
    try:
        assert not config.is_interactive_logging_enabled() and not utils.is_interactive_logging_enabled()
        with caplog.at_level(logging.INFO, logger="pycnn"):
            model().fit(X, Y, 3, epochs=2)
    finally:
        config.enable_interactive_logging()
    assert stream.getvalue() == ""
    assert [message.split(" - ")[0] for message in caplog.messages] == ["Epoch 1/2", "4/4", "Epoch 2/2", "4/4"]


def test_without_a_console(shown):
    shown(None)
    model().fit(X, Y, verbose=1)
    run()
