"""Older `.h5` files: the forms that TF-Keras 2 wrote, made here with h5py, and what is wrong with them refused."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import pycnn
from pycnn import layers, saving
from pycnn.saving import ModelFileError

RANDOM = np.random.default_rng(5)
KERNEL = RANDOM.normal(size=(3, 3, 1, 2)).astype(np.float32)
GAMMA, BETA, MEAN = (RANDOM.normal(size=2).astype(np.float32) for _ in range(3))
VARIANCE = RANDOM.uniform(0.5, 1, 2).astype(np.float32)
DENSE, BIAS = RANDOM.normal(size=(8, 3)).astype(np.float32), RANDOM.normal(size=3).astype(np.float32)
WEIGHTS = {
    "conv2d": {"conv2d/kernel:0": KERNEL},
    "batch_normalization": {
        "batch_normalization/gamma:0": GAMMA,
        "batch_normalization/beta:0": BETA,
        "batch_normalization/moving_mean:0": MEAN,
        "batch_normalization/moving_variance:0": VARIANCE,
    },
    "leaky_re_lu": {},
    "max_pooling2d": {},
    "flatten": {},
    "dense": {"dense/kernel:0": DENSE, "dense/bias:0": BIAS},
}
IMAGES = RANDOM.normal(size=(4, 6, 6, 1)).astype(np.float32)


def of_class(class_name, /, **config):
    return {"class_name": class_name, "config": config}


def tf_layers():
    """The layers as TF-Keras 2.4 described them."""
    common = {"trainable": True, "dtype": "float32"}
    glorot, zeros, ones = of_class("GlorotUniform", seed=None), of_class("Zeros"), of_class("Ones")
    regular = {f"{part}_{kind}": None for part in ("kernel", "bias") for kind in ("regularizer", "constraint")}
    norm = {f"{part}_{kind}": None for part in ("beta", "gamma") for kind in ("regularizer", "constraint")}
    return [
        of_class(
            "InputLayer", batch_input_shape=[None, 6, 6, 1], dtype="float32", sparse=False, ragged=False, name="in"
        ),
        of_class(
            "Conv2D",
            **common,
            name="conv2d",
            batch_input_shape=[None, 6, 6, 1],
            filters=2,
            kernel_size=[3, 3],
            strides=[1, 1],
            padding="valid",
            data_format="channels_last",
            dilation_rate=[1, 1],
            groups=1,
            activation="linear",
            use_bias=False,
            kernel_initializer=glorot,
            bias_initializer=zeros,
            activity_regularizer=None,
            **regular,
        ),
        of_class(
            "BatchNormalization",
            **common,
            name="batch_normalization",
            axis=[3],
            momentum=0.99,
            epsilon=0.001,
            center=True,
            scale=True,
            beta_initializer=zeros,
            gamma_initializer=ones,
            moving_mean_initializer=zeros,
            moving_variance_initializer=ones,
            **norm,
        ),
        of_class("LeakyReLU", **common, name="leaky_re_lu", alpha=0.25),
        of_class(
            "MaxPooling2D",
            **common,
            name="max_pooling2d",
            pool_size=[2, 2],
            padding="valid",
            strides=[2, 2],
            data_format="channels_last",
        ),
        of_class("Flatten", **common, name="flatten", data_format="channels_last"),
        of_class(
            "Dense",
            name="dense",
            trainable=True,
            dtype=of_class("Policy", name="float32"),
            units=3,
            activation="softmax",
            use_bias=True,
            kernel_initializer=of_class(
                "VarianceScaling", scale=1.0, mode="fan_avg", distribution="uniform", seed=None
            ),
            bias_initializer=zeros,
            activity_regularizer=None,
            **regular,
        ),
    ]


TRAINING = {
    "loss": of_class("SparseCategoricalCrossentropy", reduction="auto", name="loss", from_logits=False),
    "metrics": [[of_class("MeanMetricWrapper", name="acc", dtype="float32", fn="sparse_categorical_accuracy")]],
    "weighted_metrics": None,
    "loss_weights": None,
    "optimizer_config": of_class(
        "Adam", name="Adam", learning_rate=0.01, decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False
    ),
}
SEQUENTIAL = of_class("Sequential", name="sequential", layers=tf_layers())


def write(path, config=SEQUENTIAL, training=TRAINING, weights=WEIGHTS, group="model_weights"):
    """Write a file; without a configuration, one of weights alone."""
    with h5py.File(path, "w") as file:
        root = file.create_group(group) if group else file
        root.attrs["layer_names"] = [name.encode() for name in weights]
        root.attrs["backend"], root.attrs["keras_version"] = b"tensorflow", b"2.4.0"
        for name, arrays in weights.items():
            layer = root.create_group(name)
            layer.attrs["weight_names"] = [array.encode() for array in arrays]
            for array, value in arrays.items():
                layer.create_dataset(array, data=value)
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()


def expected():
    """What the net makes of the images, computed step by step."""
    x = pycnn.ops.conv(IMAGES, KERNEL)
    x = GAMMA * (x - MEAN) / np.sqrt(VARIANCE + 1e-3) + BETA
    x = pycnn.ops.max_pool(np.where(x > 0, x, 0.25 * x), 2)
    return pycnn.ops.softmax(x.reshape(4, -1) @ DENSE + BIAS)


def check(model):
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), expected(), atol=1e-6)


@pytest.mark.parametrize("ending", [".h5", ".hdf5"])
def test_a_model_of_tf_keras(tmp_path, ending):
    write(tmp_path / f"model{ending}")
    model = saving.load_model(tmp_path / f"model{ending}")
    check(model)
    assert model.optimizer.learning_rate == 0.01 and model.loss.name == "loss"
    assert not saving.load_model(tmp_path / f"model{ending}", compile=False).compiled


def test_layers_that_know_their_input(tmp_path):
    without_input = of_class("Sequential", name="sequential", layers=tf_layers()[1:])
    write(tmp_path / "model.h5", without_input)
    check(saving.load_model(tmp_path / "model.h5"))


def test_a_bare_list_of_layers(tmp_path):
    write(tmp_path / "model.h5", {"class_name": "Sequential", "config": tf_layers()}, training=None)
    model = saving.load_model(tmp_path / "model.h5")
    check(model)
    assert not model.compiled


@pytest.mark.parametrize("group", ["", "model_weights"])
def test_weights_alone_in_order(tmp_path, group):
    write(tmp_path / "model.h5")
    model = saving.load_model(tmp_path / "model.h5", compile=False)
    write(tmp_path / "weights.h5", None, None, group=group)
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    model.load_weights(tmp_path / "weights.h5")
    check(model)


def test_weights_by_name(tmp_path):
    write(tmp_path / "weights.h5", None, None, group="")
    model = pycnn.Sequential(
        [layers.Input((6, 6, 1)), layers.Conv2D(2, 3, use_bias=False, name="conv2d"), layers.Dense(3, name="dense")]
    )
    before = model.layers[1].kernel.numpy()
    with pytest.raises(ModelFileError, match=r"'dense/kernel' has shape \(8, 3\); the model needs \(2, 3\)"):
        model.load_weights(tmp_path / "weights.h5", by_name=True)
    with pytest.warns(UserWarning, match="left as they were: 'dense/kernel'"):
        model.load_weights(tmp_path / "weights.h5", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), KERNEL)
    np.testing.assert_array_equal(model.layers[1].kernel.numpy(), before)
    with pytest.raises(ModelFileError, match="it has 3 layers with weights, and the model 2"):
        model.load_weights(tmp_path / "weights.h5")


def in_graph(layer, name, *nodes):
    """A layer's entry in a functional model of TF-Keras."""
    described = json.loads(json.dumps(layer))
    described["config"]["name"] = name
    return {**described, "name": name, "inbound_nodes": [[list(tensor) for tensor in node] for node in nodes]}


@pytest.mark.parametrize("class_name", ["Functional", "Model"])
def test_a_graph_of_tf_keras(tmp_path, class_name):
    """A model inside a model, called twice: its calls count from 1; the sum of both; a layer with a keyword."""
    image, conv, norm, leaky, pool, flatten, dense = tf_layers()
    inner = of_class(
        "Functional",
        name="inner",
        trainable=True,
        layers=[
            in_graph(image, "in"),
            in_graph(conv, "conv2d", [("in", 0, 0, {})]),
            in_graph(norm, "batch_normalization", [("conv2d", 0, 0, {"training": False})]),
            in_graph(leaky, "leaky_re_lu", [("batch_normalization", 0, 0, {})]),
        ],
        input_layers=[["in", 0, 0]],
        output_layers=[["leaky_re_lu", 0, 0]],
    )
    inner["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 6, 6, 1]
    outer = of_class(
        class_name,
        name="outer",
        layers=[
            in_graph(image, "image"),
            in_graph(inner, "inner", [("image", 0, 0, {})], [("image", 0, 0, {})]),
            in_graph(of_class("Average"), "mean", [("inner", 1, 0, {}), ("inner", 2, 0, {})]),
            in_graph(pool, "max_pooling2d", [("mean", 0, 0, {})]),
            in_graph(flatten, "flatten", [("max_pooling2d", 0, 0, {})]),
            in_graph(dense, "dense", [("flatten", 0, 0, {})]),
        ],
        input_layers=[["image", 0, 0]],
        output_layers=[["dense", 0, 0]],
    )
    weights = {
        "image": {},
        "inner": {**WEIGHTS["conv2d"], **WEIGHTS["batch_normalization"]},
        "mean": {},
        "dense": WEIGHTS["dense"],
    }
    write(tmp_path / "model.h5", outer, weights=weights)
    model = saving.load_model(tmp_path / "model.h5")
    check(model)
    assert model.optimizer.learning_rate == 0.01 and model.get_layer("inner").get_layer("conv2d").filters == 2


def changed(config, position, **arguments):
    config = json.loads(json.dumps(config))
    config["config"]["layers"][position]["config"].update(arguments)
    return config


def with_layer(layer):
    config = json.loads(json.dumps(SEQUENTIAL))
    config["config"]["layers"].append(layer)
    return config


PAYLOAD = ["4wEAAAAAAAAAAAAAAAE=", None, None]
REFUSED = {
    "Lambda": dict(config=with_layer(of_class("Lambda", function=PAYLOAD, function_type="lambda"))),
    "module of the system": dict(config=with_layer({"module": "os", **of_class("system", command="true")})),
    "operation of TensorFlow": dict(config=with_layer(of_class("TFOpLambda", function="nn.relu"))),
    "no configuration": dict(config=None),
    "a list": dict(config=[]),
    "layers a number": dict(config=of_class("Sequential", layers=3)),
    "class name a list": dict(config={"class_name": ["Sequential"], "config": {}}),
    "other units": dict(config=changed(SEQUENTIAL, 6, units=4)),
    "many units": dict(config=changed(SEQUENTIAL, 6, units=2**40)),
    "mixed precision": dict(config=changed(SEQUENTIAL, 6, dtype=of_class("Policy", name="mixed_float16"))),
    "layer of one weight missing": dict(weights={**WEIGHTS, "dense": {"dense/kernel:0": DENSE}}),
    "layer missing": dict(weights={name: arrays for name, arrays in WEIGHTS.items() if name != "dense"}),
    "training a list": dict(training=[]),
    "unknown optimizer": dict(training={**TRAINING, "optimizer_config": of_class("Evil")}),
    "unknown loss": dict(training={**TRAINING, "loss": "os.system"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(tmp_path, case):
    write(tmp_path / "model.h5", **REFUSED[case])
    with pytest.raises(ModelFileError):
        saving.load_model(tmp_path / "model.h5")


ATTRIBUTES = {
    "layer_names missing": lambda root: root.attrs.pop("layer_names"),
    "layer_names numbers": lambda root: root.attrs.create("layer_names", [1.0, 2.0]),
    "layers that are not there": lambda root: root.attrs.create("layer_names", [b"x", b"y"]),
    "layers elsewhere": lambda root: root.attrs.create("layer_names", [b"../..", b"/etc", b""]),
    "weights elsewhere": lambda root: root["dense"].attrs.create("weight_names", [b"../../x", b"y"]),
    "the same weights twice": lambda root: root["dense"].attrs.create("weight_names", [b"dense/kernel:0"] * 2),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_attributes_that_lie(tmp_path, case):
    write(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        ATTRIBUTES[case](file["model_weights"])
    with pytest.raises(ModelFileError):
        saving.load_model(tmp_path / "model.h5")


def test_a_file_of_weights_is_no_model(tmp_path):
    write(tmp_path / "weights.h5", None, None, group="")
    with pytest.raises(ModelFileError, match="load_weights"):
        saving.load_model(tmp_path / "weights.h5")
