"""Model files of Keras 3 in pycnn: the same predictions, and training that goes on as it would have in Keras.

The files and what Keras computed further are in `data/keras_files`, written by `python -m tests.keras_files.make`.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import pycnn
from pycnn import layers, saving
from pycnn.saving import ModelFileError
from tests.keras_files import nets, recorded
from tests.test_saving import IMAGES, LABELS, bits, small_cnn, train

DATA = Path(__file__).with_name("data") / "keras_files"
OLDER = ("vgg", "autoencoder")


def check(name, model):
    found = recorded.differences(name, model, DATA / f"{name}.npz")
    assert found["before"] <= 1e-6 and found["after"] <= 1e-4 and found["weights"] <= 1e-4, found


@pytest.mark.parametrize("name", nets.NETS)
def test_training_goes_on_where_keras_stopped(name):
    check(name, saving.load_model(DATA / f"{name}.keras"))


@pytest.mark.parametrize("name", OLDER)
def test_whole_models_in_the_older_format(name):
    check(name, saving.load_model(DATA / f"{name}.h5"))


@pytest.mark.parametrize("name", OLDER)
@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".h5"])
def test_weights_alone(name, ending):
    model = nets.compiled(name, pycnn)
    model.load_weights(DATA / f"{name}{ending}")
    with np.load(DATA / f"{name}.npz") as file:
        for i, output in enumerate(nets.predictions(name, model)):
            np.testing.assert_allclose(output, file[f"before_{i}"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", nets.NETS)
def test_a_model_of_keras_comes_back_from_a_file_of_ours(name, tmp_path):
    model = saving.load_model(DATA / f"{name}.keras")
    model.save(tmp_path / "again.keras")
    again = saving.load_model(tmp_path / "again.keras")
    assert bits(again) == bits(model) and again.get_config() == model.get_config()
    check(name, again)


def entries(config):
    """The configurations of all layers in that of a model, depth first."""
    for layer in config["config"]["layers"]:
        yield layer
        if "layers" in layer["config"]:
            yield from entries(layer)


@pytest.mark.parametrize("name", nets.NETS)
def test_configurations_are_those_of_keras(name, tmp_path):
    saving.load_model(DATA / f"{name}.keras").save(tmp_path / "ours.keras")
    configs = [
        json.loads(zipfile.ZipFile(path).read("config.json"))
        for path in (DATA / f"{name}.keras", tmp_path / "ours.keras")
    ]
    theirs, ours = (list(entries(config)) for config in configs)
    assert len(theirs) == len(ours)
    for expected, found in zip(theirs, ours, strict=True):
        for key in ("module", "class_name", "registered_name"):
            assert found[key] == expected[key]
        for key, value in found["config"].items():
            if key not in ("dtype", "layers"):
                assert value == expected["config"][key], (found["class_name"], key)


def test_the_archive_is_as_keras_writes_it(tmp_path):
    model = small_cnn("adam")
    train(model)
    model.save(tmp_path / "ours.keras")
    with zipfile.ZipFile(tmp_path / "ours.keras") as archive:
        names = [entry.filename for entry in archive.infolist()]
        assert names == ["metadata.json", "config.json", "model.weights.h5"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        (tmp_path / "w.h5").write_bytes(archive.read("model.weights.h5"))
    with h5py.File(tmp_path / "w.h5") as file:
        assert sorted(file["layers"]) == ["conv2d", "dense", "dropout", "flatten", "max_pooling2d"]
        assert file["layers/conv2d/vars"].attrs["name"] == "conv"
        np.testing.assert_array_equal(file["layers/conv2d/vars/0"], model.layers[0].kernel.numpy())
        assert len(file["optimizer/vars"]) == 2 + 2 * 4 and file["optimizer/vars/0"][()] == 3


@pytest.mark.parametrize(
    "optimizer", ["sgd", "adam", "rmsprop", "adamw", "adagrad", "adadelta", "adamax", "nadam", "lion"]
)
def test_training_goes_on_as_if_never_interrupted(tmp_path, optimizer):
    model = small_cnn(optimizer)
    train(model)
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert bits(loaded) == bits(model)
    history = model.fit(IMAGES, LABELS, epochs=2, batch_size=5, verbose=0).history
    assert loaded.fit(IMAGES, LABELS, epochs=2, batch_size=5, verbose=0).history == history
    assert bits(loaded) == bits(model)


def test_models_without_training(tmp_path):
    model = small_cnn()
    model.save(tmp_path / "model.keras")
    loaded = pycnn.models.load_model(tmp_path / "model.keras")
    assert bits(loaded) == bits(model) and not loaded.compiled
    trained = small_cnn("adam")
    pycnn.models.save_model(trained, tmp_path / "model.keras")
    assert not saving.load_model(tmp_path / "model.keras", compile=False).compiled


def test_instance_normalisation_is_written_as_keras_has_it(tmp_path):
    model = pycnn.Sequential([pycnn.Input((4, 4, 2)), layers.InstanceNormalization(), layers.GroupNormalization(2)])
    model.layers[0].gamma.assign([2.0, 3.0])
    model.save(tmp_path / "model.keras")
    loaded = saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].get_config()["groups"] == -1 and bits(loaded) == bits(model)
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 2)).astype(np.float32)
    assert loaded.predict(x, verbose=0).tobytes() == model.predict(x, verbose=0).tobytes()


def test_layers_that_keras_does_not_have(tmp_path):
    model = pycnn.Sequential([pycnn.Input((4, 4, 2)), layers.LocalResponseNormalization(size=3), layers.Flatten()])
    model.save(tmp_path / "model.keras")
    config = json.loads(zipfile.ZipFile(tmp_path / "model.keras").read("config.json"))
    entry = config["config"]["layers"][1]
    assert (entry["module"], entry["registered_name"]) == ("pycnn.layers", "pycnn>LocalResponseNormalization")
    assert saving.load_model(tmp_path / "model.keras").layers[0].get_config() == model.layers[0].get_config()


def test_skipping_what_does_not_fit(tmp_path):
    model, other = small_cnn(), small_cnn()
    model.save_weights(tmp_path / "a.weights.h5")
    model.save_weights(tmp_path / "a.pycnn")
    wider = pycnn.Sequential([pycnn.Input((8, 8, 1)), *other.layers[:-1], layers.Dense(4, name="dense")])
    start, before = wider.get_weights(), bits(wider)
    for ending in (".weights.h5", ".pycnn"):
        wider.set_weights(start)
        with pytest.raises(ModelFileError, match=r"dense.*shape \(36, 3\)|weights are not those"):
            wider.load_weights(tmp_path / f"a{ending}")
        assert bits(wider) == before
        with pytest.warns(UserWarning, match=r"\[load_weights\].*left as they were.*dense"):
            wider.load_weights(tmp_path / f"a{ending}", skip_mismatch=True)
        assert bits(wider)[:2] == bits(model)[:2] and bits(wider)[2:] == before[2:]


def test_a_state_of_another_optimizer_starts_anew(tmp_path):
    model = small_cnn("adam")
    train(model)
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["compile_config"]["optimizer"]["config"]["amsgrad"] = True
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.warns(UserWarning, match="starts anew; got 10 arrays"):
        loaded = saving.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.iterations == 0 and bits(loaded) == bits(model)
