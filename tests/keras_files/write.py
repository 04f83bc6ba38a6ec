"""Writes files with pycnn for Keras to read: `python -m tests.keras_files.write FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import pycnn
from tests.keras_files import nets, recorded


def main(folder: Path) -> None:
    for name in nets.NETS:
        pycnn.utils.set_random_seed(1)
        model = nets.compiled(name, pycnn)
        nets.train(name, model)
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        recorded.record(name, model, folder / f"{name}.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
