"""Model files made to do harm, or damaged: tables of changes to a good file, each of which must be refused.

A change takes the path of a good file (`good`) and makes it a bad one. `tests/test_malicious_files.py` runs them all.
"""

from __future__ import annotations

import io
import json
import zipfile

import pycnn
from pycnn import layers

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def good(path):
    """Write a small trained model; the ending of the path says the format (not `.h5`, which pycnn does not write)."""
    model = pycnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, activation="softmax", name="dense"),
        ],
        name="good",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    (model.save_weights if str(path).endswith(".weights.h5") else model.save)(path)
    return model


def members(path):
    """The members of an archive, by name."""
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def zipped(contents, method=zipfile.ZIP_STORED):
    """The bytes of an archive of (name or ZipInfo, bytes) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in contents:
            archive.writestr(name, data)
    return buffer.getvalue()


def rewrite(path, **changed):
    """Replace members of an archive; `config` and `weights` stand for their names."""
    found = members(path)
    for key, data in changed.items():
        found[{"config": CONFIG, "weights": WEIGHTS}[key]] = data
    path.write_bytes(zipped(found.items()))


def with_config(change):
    """A change of the parsed configuration, in place."""

    def apply(path):
        config = json.loads(members(path)[CONFIG])
        change(config)
        rewrite(path, config=json.dumps(config).encode())

    return apply


def with_text(text):
    """Another text for the configuration."""
    return lambda path: rewrite(path, config=text if isinstance(text, bytes) else text.encode())
