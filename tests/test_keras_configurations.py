"""Configurations of Keras and of pycnn are interchangeable: `data/make_keras_configurations.py` wrote Keras's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pycnn
from pycnn.saving import deserialize_keras_object, serialize_keras_object
from tests.keras_files.configurations import CONFIGURATIONS

KERAS = json.loads(Path(__file__).with_name("data").joinpath("keras_configurations.json").read_text())
# Keys that both write, each with a name or number of its own making.
OWN = ("name", "dtype")
# What Keras's constructor takes and its configuration lacks.
FORGOTTEN = {"Huber/config": {"delta"}}

every_one = pytest.mark.parametrize(
    "index", range(len(CONFIGURATIONS)), ids=[f"{c[1]}-{i}" for i, c in enumerate(CONFIGURATIONS)]
)


def agree(found, expected, path):
    """Whether all that pycnn writes is what Keras writes."""
    if isinstance(found, dict) and isinstance(expected, dict):
        more = FORGOTTEN.get(path, set())
        assert set(found) - more <= set(expected), path
        for key, value in found.items():
            if key not in OWN and key not in more:
                agree(value, expected[key], f"{path}/{key}")
    else:
        # Keras keeps some numbers in float32 variables, and writes their digits.
        assert found == (pytest.approx(expected, rel=1e-6) if isinstance(found, float) else expected), path


@every_one
def test_pycnn_writes_what_keras_writes(index):
    module, name, arguments = CONFIGURATIONS[index]
    made = getattr(getattr(pycnn, module), name)(**arguments)
    agree(json.loads(json.dumps(serialize_keras_object(made))), KERAS[index], name)


@every_one
def test_pycnn_reads_what_keras_writes(index):
    module, name, _ = CONFIGURATIONS[index]
    made = deserialize_keras_object(KERAS[index])
    assert type(made) is getattr(getattr(pycnn, module), name)
    agree(json.loads(json.dumps(serialize_keras_object(made))), KERAS[index], name)
    if "name" in KERAS[index]["config"]:
        assert made.name == KERAS[index]["config"]["name"]
