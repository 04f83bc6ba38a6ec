"""kill -9 in the middle of a training that keeps a backup: `python -m tests.kill_training --cases 40`.

A program trains a net with dropout, shuffled data, batch normalisation, a schedule and moving averages. In each case it
is killed at some moments, drawn at random, of its run, started again each time, and must end with the same bits as a
run that nobody killed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import pycnn
from pycnn import callbacks, layers, optimizers

SAMPLES, BATCH, EPOCHS = 50, 8, 4
STEPS = EPOCHS * -(-SAMPLES // BATCH)
LONGEST_SECONDS = 1.2
MODES = ("adam", "accumulating", "plateau")
HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_epoch_begin", "on_epoch_end")


class Killer(callbacks.Callback):
    """Ends the process when a hook has been called so many times."""

    def __init__(self, hook, calls):
        super().__init__()
        self.calls = calls
        setattr(self, hook, self.count)

    def count(self, number, logs=None):
        self.calls -= 1
        if self.calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    # Overridden, so that they are called at all.
    def on_train_batch_begin(self, batch, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass


def compiled(mode):
    """The net, with weights drawn anew in every process."""
    model = pycnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_regularizer="l2" if mode == "accumulating" else None),
        ]
    )
    optimizer = {
        "adam": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)),
        "accumulating": lambda: optimizers.AdamW(0.01, gradient_accumulation_steps=3, use_ema=True, ema_momentum=0.9),
        "plateau": lambda: optimizers.SGD(0.1, momentum=0.9),
    }[mode]()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(folder, mode, save_freq, first=(), seed=None):
    """The program: trains to the end and prints what came out."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(SAMPLES, 8, 8, 1)).astype(np.float32), np.arange(SAMPLES) % 3
    if seed is not None:
        pycnn.utils.set_random_seed(seed)
    model = compiled(mode)
    backup = callbacks.BackupAndRestore(folder, save_freq=save_freq)
    decay = callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7)
    more = [decay] if mode == "plateau" else []
    model.fit(x, y, BATCH, EPOCHS, verbose=0, callbacks=[*first, *more, backup])
    logs = {name: values[-1] for name, values in model.history.history.items()}
    digest = hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights()))
    return f"{digest.hexdigest()} {sorted(logs.items())} {model.optimizer.iterations}"


def run(folder, mode, save_freq, hook, calls, seconds=None):
    """Start the program; what it printed when it came to its end."""
    command = [
        sys.executable,
        "-m",
        "tests.kill_training",
        "--run",
        str(folder),
        mode,
        str(save_freq),
        hook,
        str(calls),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if seconds is not None:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        output = process.communicate()[0]
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the program failed by itself with status {process.returncode}: {command}")
    return output or None  # killed after the end, it has printed everything


def check(folder: Path, case: int) -> tuple[bool, int]:
    """Whether a killed and restarted training ends as one that was not, and how often it was killed."""
    draw = random.Random(case)
    mode, save_freq = MODES[case % len(MODES)], draw.choice(("epoch", 1, 2, 3, 5))
    # The first step of the program is never killed: it leaves the seed and the first weights, which are drawn.
    first = run(folder, mode, 1, "on_train_batch_begin", 1)
    state = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    expected = run(folder, mode, save_freq, "on_epoch_end", 10**6)
    assert first is None and expected and not folder.exists(), "the reference must come to its end"
    for kills in range(100):
        if not list(folder.glob("*.pycnn")):  # at first, or killed between the end of the training and the output
            folder.mkdir(exist_ok=True)
            for name, data in state.items():
                (folder / name).write_bytes(data)
        by_time = draw.random() < 0.3
        hook, calls = draw.choice(HOOKS), draw.randrange(1, STEPS // 2)
        if hook.startswith("on_epoch"):
            calls = draw.randrange(1, EPOCHS)
        found = run(folder, mode, save_freq, hook, calls, draw.uniform(0.2, LONGEST_SECONDS) if by_time else None)
        if found is not None:
            return found == expected, kills
    return False, 100


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="kill a training and start it again")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    parser.add_argument("--run", nargs=5, help="the program itself: folder, mode, save_freq, hook, calls")
    options = parser.parse_args(arguments)
    if options.run:
        folder, mode, save_freq, hook, calls = options.run
        freq = save_freq if save_freq == "epoch" else int(save_freq)
        print(train(folder, mode, freq, first=[Killer(hook, int(calls))]), flush=True)
        return 0
    failed = kills = 0
    for case in range(options.seed, options.seed + options.cases):
        with tempfile.TemporaryDirectory() as folder:
            same, killed = check(Path(folder) / "backup", case)
        failed, kills = failed + (not same), kills + killed
        if not same:
            print(f"case {case} ended otherwise, after {killed} kills")
    print(f"{options.cases} trainings, killed {kills} times: {failed} ended otherwise")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
