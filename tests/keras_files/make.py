"""Writes tests/data/keras_files with Keras: `KERAS_BACKEND=jax python -m tests.keras_files.make [net ...]`.

For each net, after three training steps: the `.keras` file and the record. For some the older formats too. The files
of the many optimizers are compressed, which Keras reads too.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import keras

from tests.keras_files import nets, recorded

FOLDER = Path(__file__).parents[1] / "data" / "keras_files"
OLDER = ("vgg", "autoencoder")


def compress(path: Path) -> None:
    """Write an archive again, compressed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or nets.NETS:
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        model = nets.compiled(name, keras)
        nets.train(name, model)
        model.save(FOLDER / f"{name}.keras")
        if name in nets.OPTIMIZERS:
            compress(FOLDER / f"{name}.keras")
        if name in OLDER:
            model.save_weights(FOLDER / f"{name}.weights.h5")
            model.save(FOLDER / f"{name}.h5")
        recorded.record(name, model, FOLDER / f"{name}.npz")


if __name__ == "__main__":
    main(sys.argv[1:])
