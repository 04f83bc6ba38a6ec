"""Model files: what is saved comes back bit for bit, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import safetensors.numpy

import pycnn
from pycnn import layers, optimizers, saving
from pycnn.saving import ModelFileError

IMAGES = np.linspace(-1, 1, 12 * 8 * 8, dtype=np.float32).reshape(12, 8, 8, 1)[np.random.default_rng(0).permutation(12)]
LABELS = np.arange(12) % 3


def small_cnn(optimizer=None):
    model = pycnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", kernel_initializer="he_normal", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.25, name="dropout"),
            layers.Dense(3, activation="softmax", name="dense"),
        ]
    )
    if optimizer is not None:
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model, steps=3):
    return [model.train_on_batch(IMAGES, LABELS) for _ in range(steps)]


def bits(model):
    return [weight.tobytes() for weight in model.get_weights()]


@pytest.fixture
def trained(tmp_path):
    """The path of a file with a trained model, and the model."""
    model = small_cnn("adam")
    train(model)
    path = tmp_path / "model.pycnn"
    model.save(path)
    return path, model


def test_a_model_comes_back_bit_for_bit(trained):
    path, model = trained
    loaded = saving.load_model(path)
    assert bits(loaded) == bits(model)
    assert loaded.get_config() == model.get_config()
    assert loaded.predict(IMAGES, verbose=0).tobytes() == model.predict(IMAGES, verbose=0).tobytes()
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1),
        optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        optimizers.Adam(0.01),
        optimizers.AdamW(0.01),
        optimizers.RMSprop(0.01),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_training_goes_on_as_if_never_interrupted(tmp_path, optimizer):
    model = small_cnn(optimizer)
    train(model)
    model.save(tmp_path / "model.pycnn")
    loaded = saving.load_model(tmp_path / "model.pycnn")
    assert train(loaded) == train(model)
    assert bits(loaded) == bits(model)
    assert model.fit(IMAGES, LABELS, epochs=2, batch_size=5, verbose=0).history == (
        loaded.fit(IMAGES, LABELS, epochs=2, batch_size=5, verbose=0).history
    )
    assert bits(loaded) == bits(model)


def test_a_model_that_was_not_compiled(tmp_path):
    model = small_cnn()
    model.save(tmp_path / "model")
    loaded = pycnn.models.load_model(tmp_path / "model")
    assert bits(loaded) == bits(model) and not loaded.compiled


def test_compile_false_leaves_the_model_uncompiled(trained):
    path, model = trained
    loaded = saving.load_model(path, compile=False)
    assert bits(loaded) == bits(model) and not loaded.compiled


def test_weights_alone(tmp_path, trained):
    path, model = trained
    model.save_weights(tmp_path / "weights")
    for file in (tmp_path / "weights", path):
        other = small_cnn()
        assert bits(other) != bits(model)
        other.load_weights(file)
        assert bits(other) == bits(model)
    with pytest.raises(ModelFileError, match="load_weights"):
        saving.load_model(tmp_path / "weights")


def test_the_reference_package_reads_the_file(trained):
    path, model = trained
    arrays = safetensors.numpy.load_file(path)
    weights = {name: array for name, array in arrays.items() if not name.startswith("optimizer/")}
    assert list(sorted(weights)) == ["conv/bias", "conv/kernel", "dense/bias", "dense/kernel"]
    np.testing.assert_array_equal(arrays["conv/kernel"], model.layers[0].kernel.numpy())


def test_not_finite_weights_survive(trained):
    path, model = trained
    model.layers[0].bias.assign([np.nan, np.inf, -np.inf, -0.0])
    model.save(path)
    assert bits(saving.load_model(path)) == bits(model)


def test_float64_models_and_float64_files(tmp_path):
    model = pycnn.Sequential([layers.Input((3,)), layers.Dense(2, dtype="float64", name="d")])
    model.save(tmp_path / "model")
    assert bits(saving.load_model(tmp_path / "model")) == bits(model)
    single = pycnn.Sequential([layers.Input((3,)), layers.Dense(2, name="d")])
    single.load_weights(tmp_path / "model")
    np.testing.assert_array_equal(single.get_weights()[0], model.get_weights()[0].astype(np.float32))


class Doubling(layers.Layer):
    def forward(self, inputs, training, **step):
        return 2 * inputs

    def backward(self, dy):
        return 2 * dy


def test_classes_of_the_caller(tmp_path):
    model = pycnn.Sequential([layers.Input((3,)), Doubling(name="twice"), layers.Dense(2, name="d")])
    model.save(tmp_path / "model")
    loaded = saving.load_model(tmp_path / "model", custom_objects={"Doubling": Doubling})
    np.testing.assert_array_equal(loaded.predict(np.eye(3), verbose=0), model.predict(np.eye(3), verbose=0))
    with pytest.raises(ModelFileError, match="'Doubling'"):
        saving.load_model(tmp_path / "model")


class Heavy(optimizers.SGD):
    def __init__(self, momentum=0.95, **others):
        super().__init__(momentum=momentum, **others)


def test_optimizers_of_the_caller(tmp_path):
    model = small_cnn(Heavy())
    model.save(tmp_path / "model")
    loaded = saving.load_model(tmp_path / "model", custom_objects={"Heavy": Heavy})
    assert type(loaded.optimizer) is Heavy
    train(loaded)
    with pytest.raises(ModelFileError, match="'Heavy'"):
        saving.load_model(tmp_path / "model")


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".hdf5", ".H5"])
def test_no_model_is_written_in_these_formats(tmp_path, ending):
    path = tmp_path / f"model{ending}"
    with pytest.raises(ValueError, match=r"\[save_model\] filepath must end in \.keras.*\.pycnn"):
        small_cnn().save(path)
    assert not path.exists()


@pytest.mark.parametrize("ending", [".keras", ".h5", ".hdf5", ".KERAS"])
def test_no_weights_are_written_in_these_formats(tmp_path, ending):
    path = tmp_path / f"model{ending}"
    with pytest.raises(ValueError, match=r"\[save_weights\] filepath must end in \.weights\.h5.*\.pycnn"):
        small_cnn().save_weights(path)
    assert not path.exists()


def test_options_of_keras_that_are_not_supported(tmp_path):
    with pytest.raises(ValueError, match=r"\[save_model\] zipped must be True"):
        small_cnn().save(tmp_path / "model.keras", zipped=False)
    with pytest.raises(ValueError, match=r"\[save_weights\] max_shard_size must be None"):
        small_cnn().save_weights(tmp_path / "model.weights.h5", max_shard_size=1)
    small_cnn().save(tmp_path / "model.pycnn")
    with pytest.raises(ValueError, match=r"\[load_weights\] by_name"):
        small_cnn().load_weights(tmp_path / "model.pycnn", by_name=True)
    with pytest.raises(ValueError, match=r"\[load_model\] filepath .*load_weights"):
        saving.load_model(tmp_path / "model.weights.h5")


def test_what_cannot_be_saved(tmp_path):
    unbuilt = pycnn.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match=r"\[save_model\] model must be built"):
        unbuilt.save(tmp_path / "model")
    function = pycnn.Sequential(
        [layers.Input((3,)), layers.Dense(2, kernel_initializer=lambda shape, dtype=None: np.ones(shape))]
    )
    with pytest.raises(ValueError, match="a function must have a name; got a lambda"):
        function.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


def test_overwriting(trained):
    path, model = trained
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite"):
        model.save(path, overwrite=False)
    assert path.read_bytes() == before
    saving.save_model(small_cnn(), path)
    assert path.read_bytes() != before


def test_a_failed_save_keeps_the_old_model(trained, monkeypatch):
    path, model = trained
    before = bits(model)
    train(model)

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        model.save(path)
    monkeypatch.undo()
    assert bits(saving.load_model(path)) == before and os.listdir(path.parent) == [path.name]


def test_after_kill_the_old_or_the_new_model_loads(tmp_path):
    path = tmp_path / "model.pycnn"
    script = (
        "import sys, numpy as np, pycnn\n"
        "from pycnn import layers\n"
        "model = pycnn.Sequential([layers.Input((1000,)), layers.Dense(1000, kernel_initializer='ones')])\n"
        "model.save(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "for value in range(10**9):\n"
        "    model.layers[0].kernel.assign(np.full((1000, 1000), value))\n"
        "    model.save(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", script, path]
    for attempt in range(24):
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(0.004 * attempt)
            writer.send_signal(signal.SIGKILL)
        kernel = saving.load_model(path).get_weights()[0]
        assert kernel.shape == (1000, 1000) and kernel.min() == kernel.max()
