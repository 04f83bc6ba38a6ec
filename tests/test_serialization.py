"""Configurations in Keras's form, the closed table of classes, and classes and functions of the user."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pycnn
from pycnn import layers, saving
from pycnn.saving import deserialize_keras_object, serialize_keras_object
from tests.test_saving import small_cnn


class Tripled(layers.Layer):
    def forward(self, inputs, training, **step):
        return 3 * inputs

    def backward(self, dy):
        return 3 * dy


def halve(shape, dtype=None):
    return np.full(shape, 0.5, dtype)


@pytest.fixture
def registry():
    """The registered objects, as they were before afterwards."""
    known = saving.get_custom_objects()
    before = dict(known)
    yield known
    known.clear()
    known.update(before)


def test_the_form_is_that_of_keras():
    described = serialize_keras_object(layers.Conv2D(4, 3, name="c"))
    assert described["module"] == "keras.layers" and described["class_name"] == "Conv2D"
    assert described["registered_name"] is None and "build_config" not in described
    assert described["config"]["kernel_size"] == [3, 3] and described["config"]["activation"] == "linear"
    assert described["config"]["kernel_initializer"] == {
        "module": "keras.initializers",
        "class_name": "GlorotUniform",
        "config": {"seed": None, "input_axes": None, "output_axes": None},
        "registered_name": None,
    }
    model = serialize_keras_object(small_cnn("adam"))
    assert (model["module"], model["class_name"]) == ("keras", "Sequential")
    assert model["build_config"] == {"input_shape": [None, 8, 8, 1]}
    assert model["compile_config"]["optimizer"]["module"] == "keras.optimizers"
    assert json.loads(json.dumps(model)) == model


@pytest.mark.parametrize(
    "value",
    [None, 1, 2.5, "text", True, [1, [2, None]], {"a": [1], "b": {"c": 2}}, slice(1, None, 2), Ellipsis],
    ids=str,
)
def test_plain_values_come_back(value):
    assert deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(value)))) == value


def test_arrays_and_numbers_of_numpy_come_back():
    array = np.array([[1.5, 2.0]], np.float32)
    back = deserialize_keras_object(json.loads(json.dumps(serialize_keras_object({"a": array, "b": np.int64(3)}))))
    np.testing.assert_array_equal(back["a"], array)
    assert back["a"].dtype == np.float32 and back["b"] == 3


def test_models_as_text():
    model = small_cnn("adam")
    text = model.to_json(indent=1)
    again = pycnn.models.model_from_json(text)
    assert again.get_config() == model.get_config() and again.compiled
    with pytest.raises(ValueError, match=r"\[model_from_json\] json_string must be JSON"):
        pycnn.models.model_from_json(text[:-1])
    with pytest.raises(ValueError, match=r"\[model_from_json\] json_string must be a text"):
        pycnn.models.model_from_json(None)


def test_a_registered_class_needs_nothing_else(registry, tmp_path):
    saving.register_keras_serializable("mine")(Tripled)
    assert saving.get_registered_name(Tripled) == "mine>Tripled"
    assert saving.get_registered_object("mine>Tripled") is Tripled
    model = pycnn.Sequential([pycnn.Input((2,)), Tripled(name="t"), layers.Dense(2)])
    assert serialize_keras_object(model.layers[0])["registered_name"] == "mine>Tripled"
    for name in ("model.keras", "model.pycnn"):
        model.save(tmp_path / name)
        assert type(saving.load_model(tmp_path / name).layers[0]) is Tripled
    registry.clear()
    with pytest.raises(saving.ModelFileError, match="'Tripled'"):
        saving.load_model(tmp_path / "model.keras")
    for names in ({"Tripled": Tripled}, {"mine>Tripled": Tripled}):
        assert type(saving.load_model(tmp_path / "model.keras", names).layers[0]) is Tripled
        with saving.custom_object_scope(names):
            assert type(saving.load_model(tmp_path / "model.keras").layers[0]) is Tripled


def test_the_names_are_in_utils_too():
    for name in ("register_keras_serializable", "custom_object_scope", "get_custom_objects", "serialize_keras_object"):
        assert getattr(pycnn.utils, name) is getattr(saving, name) and name in dir(pycnn.utils)
    with pytest.raises(AttributeError, match="no attribute 'load_model'"):
        pycnn.utils.load_model  # noqa: B018


def test_scopes_nest_and_end():
    with saving.CustomObjectScope({"A": Tripled}):
        with saving.custom_object_scope({"B": Tripled}):
            assert saving.get_registered_object("A") is saving.get_registered_object("B") is Tripled
        assert saving.get_registered_object("B") is None
    assert saving.get_registered_object("A") is None
    assert saving.get_registered_object("A", {"A": Tripled}) is Tripled
    assert saving.get_registered_object("A", None, {"A": Tripled}) is Tripled


def test_functions_of_the_user():
    dense = layers.Dense(2, kernel_initializer=halve)
    described = serialize_keras_object(dense)
    assert described["config"]["kernel_initializer"]["class_name"] == "function"
    again = deserialize_keras_object(described, custom_objects={"halve": halve})
    assert again.kernel_initializer is halve


def test_what_keras_writes_and_means_nothing_here():
    config = {
        "units": 2,
        "quantization_config": None,
        "lora_rank": None,
        "dtype": {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float64"},
            "registered_name": None,
        },
    }
    dense = deserialize_keras_object({"module": "keras.layers", "class_name": "Dense", "config": config})
    assert dense.dtype == "float64"
    norm = {"axis": -1, "renorm": False, "renorm_momentum": 0.99, "synchronized": False}
    deserialize_keras_object({"class_name": "BatchNormalization", "config": norm})
    for wrong in ({"renorm": True}, {"synchronized": True}):
        with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
            deserialize_keras_object({"class_name": "BatchNormalization", "config": wrong})
    with pytest.raises(ValueError, match="mixed_float16"):
        policy = {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
        deserialize_keras_object({"class_name": "Dense", "config": {"units": 2, "dtype": policy}})


def layer(class_name, module="keras.layers", **config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


REFUSED = {
    "unknown class": (layer("Dens"), "did you mean 'Dense'"),
    "base class": (layer("Layer"), "'Layer'"),
    "Lambda": (layer("Lambda"), "must not run code.*'Lambda'"),
    "lambda": ({"class_name": "__lambda__", "config": {"value": "x"}}, "must not run code"),
    "type specification": ({"class_name": "__typespec__", "config": []}, "must be a"),
    "module of the system": (layer("Dense", module="os"), "'Dense' of module 'os'"),
    "module that only begins like keras": (layer("Dense", module="keras_evil.layers"), "of module 'keras_evil"),
    "module a number": (layer("Dense", module=3), "of module 3"),
    "optimizer in another section": (layer("Adam", module="keras.layers"), "'Adam'"),
    "function of the system": ({"module": "os", "class_name": "function", "config": "system"}, "'system'"),
    "utility": (layer("get_file", module="keras.utils"), "must not run code"),
    "more keys": ({**layer("Dense"), "evil": 1}, "class_name and config"),
    "class name a list": ({"class_name": ["Dense"], "config": {}}, "must be a text"),
    "array of objects": ({"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}}, "dtype"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_configurations_that_are_refused(case):
    config, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        deserialize_keras_object(config)


@pytest.mark.parametrize("custom_objects", [{"A": "os.system"}, {"A": len}, ["A"], {3: Tripled}])
def test_custom_objects_are_classes_and_functions(custom_objects):
    with pytest.raises(ValueError, match="custom_objects must map names"):
        deserialize_keras_object(layer("Dense", units=2), custom_objects=custom_objects)


def test_a_class_without_configuration_is_not_registered():
    with pytest.raises(ValueError, match="get_config"):
        saving.register_keras_serializable()(int)
    with pytest.raises(ValueError, match="a lambda"):
        serialize_keras_object(lambda x: x)
    with pytest.raises(ValueError, match="get_config"):
        serialize_keras_object(object())
