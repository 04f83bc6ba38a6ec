"""Memory over thousands of calls: `python -m tests.soak`, for a short run `--steps 600`.

Each use is repeated in rounds; the first ones may take memory (arenas, the threads' scratch, what the allocator keeps),
all others together hardly any. What is read is the resident memory of the process.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

import numpy as np

import pycnn
from pycnn import layers
from tests.training_data import labelled_images

LONG_STEPS = 10_000
ROUNDS = 10
SETTLING = 4  # rounds before memory is looked at
ALLOWED = 4 << 20  # bytes that the rounds after them may add in all: the allocator wavers by some
LARGEST = 64


def resident() -> int:
    """The bytes of this process that are in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def net():
    model = pycnn.Sequential(
        [
            layers.Input((12, 12, 2)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Use:
    """Something done again and again: `steps` calls in a round."""

    def __init__(self):
        self.model, self.draw = net(), np.random.default_rng(0)
        self.x, self.y = labelled_images(LARGEST, 12, 12, 2)


class Steps(Use):
    """train_on_batch on batches of one size."""

    def round(self, steps):
        for _ in range(steps):
            self.model.train_on_batch(self.x, self.y)


class Sizes(Use):
    """train_on_batch and predict_on_batch on batches of 1 to 64 samples, in random order."""

    def round(self, steps):
        for _ in range(steps // 2):
            samples = int(self.draw.integers(1, LARGEST + 1))
            self.model.train_on_batch(self.x[:samples], self.y[:samples])
            samples = int(self.draw.integers(1, LARGEST + 1))
            self.model.predict_on_batch(self.x[:samples])


class Fits(Use):
    """fit, evaluate and predict again and again, in batches of changing size."""

    def round(self, steps):
        for _ in range(steps // 20):
            batch_size = int(self.draw.integers(1, LARGEST + 1))
            self.model.fit(self.x, self.y, batch_size, epochs=2, verbose=0)
            self.model.evaluate(self.x, self.y, batch_size, verbose=0)
            self.model.predict(self.x, batch_size, verbose=0)


class Models(Use):
    """Models that are made, trained and thrown away."""

    def round(self, steps):
        for _ in range(steps // 10):
            model = net()
            model.train_on_batch(self.x, self.y)
            model.predict_on_batch(self.x[:7])
            del model
            gc.collect()  # else how many wait for the collector at once is up to chance


USES = {"steps": Steps, "sizes": Sizes, "fits": Fits, "models": Models}


def growth(name: str, steps: int) -> int:
    """Repeat a use for so many steps; the bytes by which memory grew after it had settled."""
    use = USES[name]()
    per_round = max(steps // ROUNDS, 1)
    used = []
    for _ in range(ROUNDS):
        use.round(per_round)
        used.append(resident())
    settled, later = used[SETTLING - 1], used[SETTLING:]
    return min(later[-2:]) - settled


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="look for memory that grows")
    parser.add_argument("--steps", type=int, default=LONG_STEPS, help=f"of each use [{LONG_STEPS}]")
    parser.add_argument("--only", choices=USES, help="this use alone")
    options = parser.parse_args(arguments)
    leaks = 0
    for name in [options.only] if options.only else USES:
        grown = growth(name, options.steps)
        leaks += grown > ALLOWED
        print(f"{name}: {options.steps} steps, memory grew by {grown / 1024:.0f} KiB after it had settled", flush=True)
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
