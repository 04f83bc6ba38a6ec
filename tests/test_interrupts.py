"""Ctrl-C during long calls: they end soon, and leave the weights as the last finished step left them."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import pycnn
from pycnn import callbacks, layers
from tests.training_data import labelled_images

BATCH = 16
SOON = 0.2  # seconds, on a machine that is not busy otherwise
ATTEMPTS = 4


def net():
    pycnn.utils.clear_session()
    pycnn.utils.set_random_seed(1)
    model = pycnn.Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(8, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Last(callbacks.Callback):
    """Stops after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        self.model.stop_training = self.steps <= 0


def weights(model):
    return b"".join(weight.tobytes() for weight in model.get_weights())


def started():
    print("started", flush=True)


def end_of_fit(model):
    x, y = labelled_images(200, 12, 12, 1)
    started()
    model.fit(x, y, BATCH, 10**6, verbose=0)


def check_after_fit(model):
    """Weights of whole steps, as many as were counted, from which training goes on."""
    x, y = labelled_images(200, 12, 12, 1)
    twin = net()
    steps = int(model.optimizer.iterations)
    twin.fit(x, y, BATCH, 10**6, verbose=0, callbacks=[Last(steps)])
    same = int(twin.optimizer.iterations) == steps and weights(twin) == weights(model)
    model.fit(x, y, BATCH, verbose=0)
    return same and steps > 0


def end_of_predict(model):
    x = np.zeros((400_000, 12, 12, 1), np.float32)
    started()
    while True:
        model.predict(x, BATCH, verbose=0)


def end_of_evaluate(model):
    x, y = labelled_images(100_000, 12, 12, 1)
    started()
    while True:
        model.evaluate(x, y, BATCH, verbose=0)


def check_after(model):
    """The weights are the first ones, and all calls work."""
    same = weights(model) == weights(net())
    x, y = labelled_images(20, 12, 12, 1)
    model.predict(x, verbose=0)
    model.evaluate(x, y, verbose=0)
    return same


CALLS = {
    "fit": (end_of_fit, check_after_fit),
    "predict": (end_of_predict, check_after),
    "evaluate": (end_of_evaluate, check_after),
}


def main(call):
    """The program that is interrupted: prints when it was and whether all is well then."""
    run, check = CALLS[call]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    model = net()
    try:
        run(model)
    except KeyboardInterrupt:
        print(time.monotonic(), flush=True)
    print(check(model), flush=True)


@pytest.mark.parametrize("call", CALLS)
def test_an_interruption_ends_a_long_call_soon(call):
    delays = []
    for attempt in range(ATTEMPTS):
        command = [sys.executable, "-m", "tests.test_interrupts", call]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "started\n"
            time.sleep(0.4 + 0.013 * attempt)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            interrupted, well = process.stdout.read().split()
        assert well == "True" and process.returncode == 0
        delays.append(float(interrupted) - sent)
        if delays[-1] < SOON:
            break
    assert min(delays) < SOON


if __name__ == "__main__":
    main(sys.argv[1])
