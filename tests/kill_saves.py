"""kill -9 while a model is being saved: `python -m tests.kill_saves --cases 300`, for every format in turn.

A child process saves a model again and again, each time with other weights, until it is killed at a random moment. The
file must then load, and be one of the models, complete. What the killed ones left behind is gone after one more save.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import pycnn
from pycnn import layers, saving
from tests.forking import fork

ENDINGS = (".keras", ".weights.h5", ".pycnn")
UNITS = 300
LONGEST_SECONDS = 0.04


def new_model():
    """A net whose weights are all one number."""
    model = pycnn.Sequential(
        [layers.Input((UNITS,)), layers.Dense(UNITS, kernel_initializer="ones", bias_initializer="ones")]
    )
    model.compile("adam", "mse")
    return model


def save(model, path, value):
    """Save the model with this number for all weights."""
    model.set_weights([np.full(weight.shape, value) for weight in model.get_weights()])
    (model.save_weights if str(path).endswith(".weights.h5") else model.save)(path)


def stored(model, path):
    """The number that all weights in the file are, or an error."""
    if str(path).endswith(".weights.h5"):
        model.load_weights(path)
    else:
        model = saving.load_model(path)
    (value,) = {float(number) for weight in model.get_weights() for number in np.unique(weight)}
    return value


def killed_while_saving(model, path, seconds):
    """Save in a child that is killed after some time."""
    reader, writer = os.pipe()
    child = fork()
    if not child:
        os.close(reader)
        os.write(writer, b"x")
        for value in range(2, 10**9):
            save(model, path, value)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def run(folder: Path, cases: int, seed: int) -> tuple[int, int]:
    """How many cases lost the file, and in how many a new file had appeared."""
    draw = random.Random(seed)
    model, lost, replaced = new_model(), 0, 0
    for case in range(cases):
        path = folder / f"model{ENDINGS[case % len(ENDINGS)]}"
        save(model, path, 1)
        killed_while_saving(model, path, draw.uniform(0, LONGEST_SECONDS))
        try:
            replaced += stored(model, path) != 1
        except Exception as error:
            print(f"case {case}: {type(error).__name__}: {error}")
            lost += 1
    for ending in ENDINGS[: min(cases, len(ENDINGS))]:
        save(model, folder / f"model{ending}", 1)
    left = sorted(entry for entry in os.listdir(folder) if entry.endswith(".tmp"))
    if left:
        print(f"left behind: {left}")
    return lost + len(left), replaced


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="kill processes that save models")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        lost, replaced = run(Path(folder), options.cases, options.seed)
    print(f"{options.cases} processes killed while saving: {lost} lost, {replaced} after a new file had appeared")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
