"""Model files that must not load: whatever is wrong with a file is a ModelFileError, and the file is only read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import pycnn
from pycnn import layers, saving
from pycnn.saving import ModelFileError, digest
from pycnn.saving import safetensors as codec
from tests.test_saving import bits, small_cnn, train


@pytest.fixture
def trained(tmp_path):
    """The path of a file with a trained model."""
    model = small_cnn("adam")
    train(model)
    model.save(tmp_path / "model.pycnn")
    return tmp_path / "model.pycnn"


def rewrite(path, arrays=None, **metadata):
    """Replaces parts of a model file, and seals it again: damage that the digest does not show."""
    old_arrays, old_metadata = codec.decode(bytearray(path.read_bytes()), path)
    changed = {**old_metadata, digest.KEY: digest.BLANK}
    for key, value in metadata.items():
        changed[f"pycnn.{key}"] = value if isinstance(value, str) else json.dumps(value)
    data = codec.encode(old_arrays if arrays is None else arrays, {k: v for k, v in changed.items() if v != "null"})
    digest.seal(data)
    path.write_bytes(data)


def contents(path):
    arrays, metadata = codec.decode(bytearray(path.read_bytes()), path)
    return arrays, json.loads(metadata["pycnn.config"]), json.loads(metadata["pycnn.compile"])


def changed_layer(position, **arguments):
    def change(path):
        _, config, _ = contents(path)
        config["config"]["layers"][position]["config"].update(arguments)
        rewrite(path, config=config)

    return change


def changed_arrays(change):
    def apply(path):
        arrays = contents(path)[0]
        change(arrays)
        rewrite(path, arrays=arrays)

    return apply


def changed_config(change):
    def apply(path):
        config = contents(path)[1]
        change(config["config"]["layers"])
        rewrite(path, config=config)

    return apply


def changed_compile(**arguments):
    return lambda path: rewrite(path, compile={**contents(path)[2], **arguments})


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


# Positions in the configuration of `small_cnn`.
INPUT, CONV, POOL, FLATTEN, DROPOUT, DENSE = range(6)

REFUSED = {
    "weights for configuration": lambda path: rewrite(path, config=None),
    "no format version": lambda path: rewrite(path, format=None),
    "a later format": lambda path: rewrite(path, format="2"),
    "configuration not JSON": lambda path: rewrite(path, config="{"),
    "configuration a number": lambda path: rewrite(path, config="1"),
    "configuration with a key twice": lambda path: rewrite(path, config='{"a":1,"a":1}'),
    "configuration 1,000 deep": lambda path: rewrite(path, config="[" * 1000 + "]" * 1000),
    "configuration with NaN": lambda path: rewrite(path, config="[NaN]"),
    "a million layers": lambda path: rewrite(path, config="[" + "{}," * 10**6 + "{}]"),
    "class of another module": lambda path: rewrite(path, config={"module": "os", **layer("system")}),
    "unknown model": lambda path: rewrite(path, config=layer("Lambda")),
    "class path": lambda path: rewrite(path, config=layer("os.system")),
    "a layer as model": lambda path: rewrite(path, config=layer("Dense", units=2)),
    "class name not text": lambda path: rewrite(path, config=layer(["Sequential"])),
    "arguments not a dictionary": lambda path: rewrite(path, config={"class_name": "Sequential", "config": []}),
    "model without layers": lambda path: rewrite(path, config=layer("Sequential", name="s")),
    "layers a number": lambda path: rewrite(path, config=layer("Sequential", name="s", layers=3)),
    "model without an input": changed_config(lambda layers: layers.clear()),
    "unknown layer": changed_config(lambda layers: layers.append(layer("Lambda", function="x"))),
    "base class as layer": changed_config(lambda layers: layers.append(layer("Layer"))),
    "helper function as layer": changed_config(lambda layers: layers.append(layer("load_model", filepath="x"))),
    "initializer as layer": changed_config(lambda layers: layers.append(layer("Zeros"))),
    "layer a text": changed_config(lambda layers: layers.append("Dense")),
    "layer missing": changed_config(lambda layers: layers.pop(CONV)),
    "layer twice": changed_config(lambda layers: layers.append(layers[DENSE])),
    "layers of one name": changed_layer(CONV, name="dense"),
    "unknown argument": changed_layer(CONV, evil=1),
    "name not text": changed_layer(CONV, name=7),
    "unknown activation": changed_layer(DENSE, activation="os.system"),
    "unknown initializer": changed_layer(DENSE, kernel_initializer=layer("Evil")),
    "layer as initializer": changed_layer(DENSE, kernel_initializer=layer("Dense", units=2)),
    "rate of 2": changed_layer(DROPOUT, rate=2.0),
    "kernel larger than image": changed_layer(CONV, kernel_size=[9, 9]),
    "other image size": changed_layer(INPUT, batch_shape=[None, 12, 12, 1]),
    "image of 2**62 pixels": changed_layer(INPUT, batch_shape=[None, 2**31, 2**31, 1]),
    "weights of 2**40 elements": changed_layer(DENSE, units=2**36),
    "weights of 2**66 elements": changed_layer(DENSE, units=2**62),
    "other units": changed_layer(DENSE, units=4),
    **{
        f"filters {value!r}": changed_layer(CONV, filters=value)
        for value in (-1, 0, 2**31, 1e308, "8", None, [4], True)
    },
    **{f"kernel {value!r}": changed_layer(CONV, kernel_size=value) for value in (0, -1, 2**62, [3], [3, None])},
    **{f"strides {value!r}": changed_layer(CONV, strides=value) for value in (0, -1, 2**62, "1")},
    "dilation 2**62": changed_layer(CONV, dilation_rate=2**62),
    "groups 3": changed_layer(CONV, groups=3),
    "weight missing": changed_arrays(lambda arrays: arrays.pop("conv/bias")),
    "weight unknown": changed_arrays(lambda arrays: arrays.update({"conv/scale": np.zeros(3, np.float32)})),
    "weight of other shape": changed_arrays(lambda arrays: arrays.update({"conv/bias": np.zeros(3, np.float32)})),
    "weight transposed": changed_arrays(lambda arrays: arrays.update({"dense/kernel": arrays["dense/kernel"].T})),
    "weight of integers": changed_arrays(lambda arrays: arrays.update({"conv/bias": np.zeros(4, np.int32)})),
    "no weights": lambda path: rewrite(path, arrays={}),
    "state missing": changed_arrays(lambda arrays: arrays.pop("optimizer/iteration")),
    "state unknown": changed_arrays(lambda arrays: arrays.update({"optimizer/evil": np.zeros(3, np.float32)})),
    "state of other shape": changed_arrays(
        lambda arrays: arrays.update({"optimizer/conv/bias/velocity": np.zeros(3, np.float32)})
    ),
    "compile not JSON": lambda path: rewrite(path, compile="{]"),
    "compile a list": lambda path: rewrite(path, compile="[1]"),
    "unknown loss": changed_compile(loss="os.system"),
    "unknown optimizer": changed_compile(optimizer=layer("Evil")),
    "layer as optimizer": changed_compile(optimizer=layer("Dense", units=3)),
    "negative learning rate": changed_compile(optimizer=layer("Adam", learning_rate=-1.0)),
    "unknown metric": changed_compile(metrics=["os.system"]),
    "empty": lambda path: path.write_bytes(b""),
    "a picture": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 100),
    "one byte less": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one byte more": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "two files": lambda path: path.write_bytes(path.read_bytes() * 2),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "an endless device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "memory of the process": lambda path: (path.unlink(), path.symlink_to("/proc/self/mem")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_damaged_or_malicious_file_is_refused(trained, case):
    REFUSED[case](trained)
    with pytest.raises(ModelFileError) as caught:
        saving.load_model(trained)
    assert caught.value.path == str(trained) and str(trained) in str(caught.value)


@pytest.mark.parametrize("case", ["weight missing", "weight of other shape", "weight unknown", "half", "empty"])
def test_a_model_stays_as_it_was_when_weights_do_not_fit(trained, case):
    REFUSED[case](trained)
    model = small_cnn()
    before = bits(model)
    with pytest.raises(ModelFileError):
        model.load_weights(trained)
    assert bits(model) == before


@pytest.mark.parametrize("custom_objects", [{"Doubling": "os.system"}, {"Doubling": len}, ["Doubling"]])
def test_wrong_custom_objects_are_not_blamed_on_the_file(trained, custom_objects):
    with pytest.raises(ValueError, match=r"\[custom_object_scope\] custom_objects") as caught:
        saving.load_model(trained, custom_objects)
    assert not isinstance(caught.value, ModelFileError)


@pytest.mark.parametrize("path", ["", b"model", 3, None])
def test_a_path_is_a_text(path):
    with pytest.raises(ValueError, match=r"\[load_model\] filepath must be a path"):
        saving.load_model(path)


def test_a_missing_file_is_the_operating_system_s_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        saving.load_model(tmp_path / "missing")


def test_every_flipped_bit_is_refused(tmp_path):
    model = pycnn.Sequential([layers.Input((2,)), layers.Dense(1, name="d")])
    path = tmp_path / "model"
    model.save(path)
    data = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for bit in range(8 * len(data)):
            byte, value = bit // 8, 1 << bit % 8
            os.pwrite(file.fileno(), bytes([data[byte] ^ value]), byte)
            with pytest.raises(ModelFileError):
                saving.load_model(path)
            os.pwrite(file.fileno(), data[byte : byte + 1], byte)
    assert bits(saving.load_model(path)) == bits(model)


def test_loading_opens_one_file_and_imports_nothing(trained):
    script = (
        "import sys, pycnn\n"
        "from pycnn.saving import load_model\n"
        "events = []\n"
        "quiet = ('object.', 'sys._getframe', 'code.__new__', 'builtins.id', 'cpython.')\n"
        "sys.addaudithook(lambda event, _: None if event.startswith(quiet) else events.append(event))\n"
        "load_model(sys.argv[1])\n"
        "print(*events)\n"
    )
    command = [sys.executable, "-c", script, trained]
    done = subprocess.run(command, cwd=trained.parent, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["open"]
