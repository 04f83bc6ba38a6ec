"""Subnormal numbers: they cost nothing extra, and the caller's floating-point mode stays its own."""

import ctypes
import platform
import time

import numpy as np
import pytest

import pycnn
from pycnn import config, layers, ops
from tests.training_data import labelled_images

FE_TONEAREST, FE_UPWARD = 0, 0x800 if platform.machine() == "x86_64" else 0x400000
X, Y = labelled_images(32, 16, 16, 4)
libm = ctypes.CDLL("libm.so.6")


def net(**compiled):
    pycnn.utils.clear_session()
    pycnn.utils.set_random_seed(0)
    model = pycnn.Sequential(
        [
            layers.Input((16, 16, 4)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="gelu"),
            layers.Flatten(),
            layers.Dense(32, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", **compiled})
    return model


@pytest.fixture(params=[1, 3])
def threads(request):
    before = config.num_threads()
    config.set_num_threads(request.param)
    yield request.param
    config.set_num_threads(before)


@pytest.fixture(params=[FE_TONEAREST, FE_UPWARD])
def rounding(request):
    assert libm.fesetround(request.param) == 0
    yield request.param
    libm.fesetround(FE_TONEAREST)


def keeps_subnormals():
    tiny = np.full(9, 1e-38, np.float32)
    return bool(np.all(tiny * np.float32(0.01) > 0) and np.all(tiny * np.float32(0.01) * np.float32(4) > 0))


class Failing(layers.Layer):
    """Fails when it is told to; notes the mode it runs in."""

    fails, kept = False, ()

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, inputs, training, **step):
        Failing.kept = (*Failing.kept, keeps_subnormals())
        if Failing.fails:
            raise RuntimeError("told to")
        return inputs

    def backward(self, dy):
        return dy


def fails(call):
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        call()


def failing_layer():
    model = pycnn.Sequential([layers.Input((16, 16, 4)), layers.Conv2D(16, 3), Failing(), layers.Flatten()])
    model.compile("sgd", "mean_squared_error")
    model.predict(X, 8, verbose=0)
    Failing.fails = True
    try:
        fails(lambda: model.predict(X, 8, verbose=0))
        fails(lambda: model.train_on_batch(X, np.zeros((32, 14 * 14 * 16), np.float32)))
    finally:
        Failing.fails = False


LARGE = np.ones((64, 64, 64), np.float32)
CALLS = {
    "train_on_batch": lambda: net().train_on_batch(X, Y),
    "test_on_batch": lambda: net().test_on_batch(X, Y),
    "fit": lambda: net().fit(X, Y, 8, verbose=0),
    "fit with edited gradients": lambda: net(optimizer=pycnn.optimizers.Adam(clipnorm=1.0)).fit(X, Y, 8, verbose=0),
    "evaluate": lambda: net().evaluate(X, Y, 8, verbose=0),
    "predict": lambda: net().predict(X, 8, verbose=0),
    "predict_on_batch": lambda: net().predict_on_batch(X),
    "ops": lambda: (ops.relu(LARGE), ops.softmax(LARGE), ops.conv(X, np.ones((3, 3, 4, 8), np.float32))),
    "gradients": lambda: (ops.relu_grad(LARGE, LARGE), ops.dense_grad(LARGE[0], LARGE[0], LARGE[0])),
    "augmentation": lambda: layers.RandomRotation(0.2)(X, training=True),
    "bad shapes": lambda: fails(lambda: net().predict(X[:, 1:], verbose=0)),
    "bad labels": lambda: fails(lambda: net().train_on_batch(X, Y + 5)),
    "a layer that fails": failing_layer,
}


@pytest.mark.parametrize("call", CALLS)
def test_the_mode_of_the_caller_comes_back(call, threads, rounding):
    CALLS[call]()
    assert libm.fegetround() == rounding
    assert keeps_subnormals()


def test_python_layers_run_in_the_mode_of_the_caller(threads):
    Failing.kept = ()
    failing_layer()
    assert Failing.kept and all(Failing.kept)


def test_predictions_do_not_depend_on_the_mode_of_the_caller(threads):
    model = net()
    expected = model.predict(X, 8, verbose=0).tobytes()
    assert libm.fesetround(FE_UPWARD) == 0
    try:
        assert model.predict(X, 8, verbose=0).tobytes() == expected
    finally:
        libm.fesetround(FE_TONEAREST)


def cpu_seconds(model, weights):
    """The least processor time of a training step that begins with these weights."""
    times = []
    for _ in range(12):
        model.set_weights(weights)
        start = time.process_time()
        model.train_on_batch(X, Y)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_training_from_subnormal_weights_costs_no_more(optimizer):
    before = config.num_threads()
    config.set_num_threads(1)
    try:
        model = net(optimizer=optimizer)
        usual = model.get_weights()
        subnormal = [np.copysign(np.float32(1e-42), weight) for weight in usual]
        assert all(0 < np.abs(weight).min() < 1e-38 for weight in subnormal)
        ratios = []
        while len(ratios) < 6 and min(ratios, default=9) > 1.2:
            ratios.append(cpu_seconds(model, subnormal) / cpu_seconds(model, usual))
    finally:
        config.set_num_threads(before)
    assert min(ratios) <= 1.2, ratios
