"""Keras's small helpers: normalize, split_dataset, data tuples, settings, names."""

import numpy as np
import pytest

import pycnn
from pycnn import backend, config, layers, losses, utils
from pycnn.dtype_policies import get

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize("axis", [-3, -1, 0, 1, 2])
@pytest.mark.parametrize("order", [1, 2, 3, 0.5, np.inf])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "uint8", "bool"])
def test_normalize(axis, order, dtype):
    x = X.astype(dtype)
    y = utils.normalize(x, axis, order)
    assert y.dtype == (dtype if dtype.startswith("float") else "float64") and y.shape == x.shape
    wide = x.astype(np.float64)
    powers = (
        np.abs(wide).max(axis, keepdims=True)
        if order == np.inf
        else (np.abs(wide) ** order).sum(axis, keepdims=True) ** (1 / order)
    )
    expected = np.divide(wide, powers, out=np.zeros_like(wide), where=powers != 0)
    np.testing.assert_allclose(y, expected, rtol=2e-3 if dtype == "float16" else 1e-6)


def test_normalize_keeps_the_input():
    x = X.copy()
    utils.normalize(x)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (X, 3), r"\[normalize\] axis must be one of the 3 axes of x; got axis=3"),
        (ValueError, (1.0,), r"\[normalize\] axis must be one of the 0 axes"),
        (ValueError, (X, None), r"\[normalize\] axis"),
        (TypeError, (["a"],), r"\[normalize\] x must hold real numbers; got dtype=<U1"),
    ],
)
def test_normalize_refusals(error, arguments, message):
    with pytest.raises(error, match=message):
        utils.normalize(*arguments)


# split_dataset


@pytest.mark.parametrize(
    ("left_size", "right_size", "expected"),
    [
        (0.8, None, (8, 2)),
        (None, 0.25, (8, 2)),
        (3, None, (3, 7)),
        (None, 3, (7, 3)),
        (3, 4, (3, 4)),
        (0.5, 0.2, (5, 2)),
        (np.int64(3), np.float32(0.5), (3, 5)),
        (0.04, None, (0, 10)),
    ],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_split_sizes(left_size, right_size, expected, shuffle):
    x = np.arange(20).reshape(10, 2)
    left, right = utils.split_dataset(x, left_size, right_size, shuffle=shuffle, seed=3)
    assert (len(left), len(right)) == expected
    rows = [int(row[0]) for row in [*left, *right]]
    assert len(set(rows)) == len(rows)
    if not shuffle:
        assert [int(row[0]) for row in left] == list(range(0, 2 * len(left), 2))
        assert [int(row[0]) for row in right] == list(range(20 - 2 * len(right), 20, 2))


def test_split_keeps_the_kind_of_the_data():
    x, y = np.arange(10), np.arange(10) ** 2
    for data in ((x, y), [x, y], {"x": x, "y": y}):
        left, right = utils.split_dataset(data, 0.5, shuffle=True, seed=1)
        assert type(left) is type(right) is type(data) and len(left) == 2
        first, second = left.values() if isinstance(left, dict) else left
        np.testing.assert_array_equal(first**2, second)


def test_split_is_drawn_from_the_seed():
    x = np.arange(100)
    one, two, other = (utils.split_dataset(x, 50, shuffle=True, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other) and not np.array_equal(np.sort(one), np.arange(50))
    utils.set_random_seed(5)
    one = utils.split_dataset(x, 50, shuffle=True)[0]
    utils.set_random_seed(5)
    np.testing.assert_array_equal(one, utils.split_dataset(x, 50, shuffle=True)[0])


def test_split_without_shuffling_copies_nothing():
    x = np.arange(10)
    assert all(part.base is x for part in utils.split_dataset(x, 4))


def test_split_of_batches():
    class Batches(utils.PyDataset):
        epochs = 0

        def __len__(self):
            return 5

        def __getitem__(self, index):
            return index * 10

        def on_epoch_end(self):
            self.epochs += 1

    batches = Batches(workers=3)
    left, right = utils.split_dataset(batches, 0.6)
    assert list(left) == [0, 10, 20] and list(right) == [30, 40] and left.workers == 3
    left.on_epoch_end()
    assert batches.epochs == 1


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (X,), r"\[split_dataset\] left_size or right_size must be given"),
        (
            ValueError,
            (X, 2),
            r"\[split_dataset\] left_size must be an integer in \[1, 1\] or a fraction .* got",
        ),
        (ValueError, (X, 0), r"\[split_dataset\] left_size"),
        (ValueError, (X, None, 1.0), r"\[split_dataset\] right_size"),
        (ValueError, (X, True), r"\[split_dataset\] left_size"),
        (ValueError, (np.arange(10), 8, 0.5), r"\[split_dataset\] left_size and right_size must fit 10 samples"),
        (ValueError, ([np.arange(3), np.arange(4)], 1), r"must have as many samples each; got lengths=\[3, 4\]"),
        (TypeError, (3, 1), r"\[split_dataset\] dataset must be an array, arrays or a PyDataset; got 3"),
        (TypeError, ([], 1), r"\[split_dataset\] dataset must be"),
        (TypeError, ([1, 2], 1), r"\[split_dataset\] dataset must be"),
    ],
)
def test_split_refusals(error, arguments, message):
    with pytest.raises(error, match=message):
        utils.split_dataset(*arguments)


# Data tuples


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (3, (3, None, None)),
        ({"a": 1}, ({"a": 1}, None, None)),
        ((1,), (1, None, None)),
        ([1, 2], (1, 2, None)),
        ((1, 2, 3), (1, 2, 3)),
    ],
)
def test_unpack(data, expected):
    assert utils.unpack_x_y_sample_weight(data) == expected


@pytest.mark.parametrize("data", [(), (1, 2, 3, 4)])
def test_unpack_refusals(data):
    with pytest.raises(ValueError, match=rf"\[unpack_x_y_sample_weight\] .* got {len(data)} entries"):
        utils.unpack_x_y_sample_weight(data)


def test_pack():
    assert utils.pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)
    assert utils.pack_x_y_sample_weight((1,)) == ((1,),)


# Settings and names


@pytest.fixture
def settings():
    before = config.floatx(), config.epsilon(), config.image_data_format()
    yield
    config.set_floatx(before[0])
    config.set_epsilon(before[1])
    config.set_image_data_format(before[2])


@pytest.mark.usefixtures("settings")
def test_settings():
    assert backend.backend() == config.backend() == "pycnn"
    backend.set_epsilon(1e-5)
    assert config.epsilon() == backend.epsilon() == 1e-5
    backend.set_floatx("float64")
    assert config.floatx() == "float64" and layers.Dense(1).dtype == "float64"
    config.set_dtype_policy("float32")
    assert config.floatx() == "float32" and config.dtype_policy() == pycnn.DTypePolicy("float32")
    config.set_dtype_policy(pycnn.DTypePolicy("float64"))
    assert config.dtype_policy().compute_dtype == config.dtype_policy().variable_dtype == "float64"
    backend.set_image_data_format("channels_first")
    assert config.image_data_format() == "channels_first"


@pytest.mark.usefixtures("settings")
def test_epsilon_is_what_losses_use():
    loss = losses.BinaryCrossentropy()
    assert loss.core is not None
    config.set_epsilon(1e-3)
    assert loss([[1.0]], [[0.0]]) == pytest.approx(-np.log(1e-3))
    assert losses.Poisson()([[1.0]], [[0.0]]) == pytest.approx(-np.log(1e-3))
    assert losses.MeanAbsolutePercentageError()([[0.0]], [[1.0]]) == pytest.approx(1e5)
    assert loss.core is None  # the core has an epsilon of its own


def test_dtype_policies():
    policy = pycnn.DTypePolicy("float64")
    assert repr(policy) == '<DTypePolicy "float64">' and get(policy) is policy
    again = get({"class_name": "DTypePolicy", "config": policy.get_config()})
    assert again == policy == pycnn.DTypePolicy.from_config(policy.get_config()) and hash(again) == hash(policy)
    assert policy != pycnn.DTypePolicy()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: config.set_epsilon(0), r"\[set_epsilon\] value must be above 0 and below 0.5; got value=0"),
        (lambda: config.set_epsilon(-1e-7), r"\[set_epsilon\] value"),
        (lambda: config.set_epsilon("small"), r"\[set_epsilon\] value"),
        (lambda: config.set_dtype_policy("mixed_float16"), r"\[DTypePolicy\] name must be one of 'float32', 'float64'"),
        (lambda: config.set_floatx("float16"), r"\[set_floatx\] value must be one of"),
    ],
)
@pytest.mark.usefixtures("settings")
def test_settings_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_clear_session_lets_names_begin_anew():
    backend.clear_session()
    assert [layers.Conv2D(1, 1).name for _ in range(3)] == ["conv2d", "conv2d_1", "conv2d_2"]
    utils.clear_session(free_memory=False)
    assert layers.Conv2D(1, 1).name == "conv2d"
    assert [backend.get_uid("dense") for _ in range(2)] == [1, 2] and layers.Dense(1).name == "dense_2"


def test_layers_take_policies():
    for dtype in ("float64", np.dtype("float64"), pycnn.DTypePolicy("float64")):
        assert layers.Dense(1, dtype=dtype).dtype == "float64"


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        *((name, name) for name in ("float16", "float32", "float64", "int8", "int64", "uint8", "bool")),
        *((np.dtype(name), name) for name in ("float32", "uint16")),
        *((np.float32, "float32"), (int, "int32"), (float, "float32"), (bool, "bool"), ("int", "int32")),
        *((None, "float32"), (pycnn.DTypePolicy("float64"), "float64")),
    ],
)
def test_standardize_dtype(dtype, expected):
    assert utils.standardize_dtype(dtype) == expected
    assert backend.is_float_dtype(dtype) == expected.startswith("float")
    assert backend.is_int_dtype(dtype) == ("int" in expected)


@pytest.mark.parametrize("dtype", ["nothing", "str", "complex64", 3, object])
def test_standardize_dtype_refusals(dtype):
    with pytest.raises(ValueError, match=r"\[standardize_dtype\] dtype must be a type of numbers; got dtype="):
        utils.standardize_dtype(dtype)


def test_other_names():
    assert layers.MaxPool2D is layers.MaxPooling2D and layers.GlobalAvgPool1D is layers.GlobalAveragePooling1D
    assert pycnn.initializers.he_normal is pycnn.initializers.HeNormal
    assert utils.register_keras_serializable is pycnn.saving.register_keras_serializable
    assert pycnn.mixed_precision.Policy is pycnn.DTypePolicy is pycnn.FloatDTypePolicy
    with pytest.raises(AttributeError, match=r"module 'pycnn.utils' has no attribute 'nothing'"):
        utils.nothing  # noqa: B018 - the access is the test


def test_layers_and_weights_under_keras_names():
    layer = layers.BatchNormalization(dtype="float64")
    layer.build((None, 3))
    assert layer.compute_dtype == layer.variable_dtype == "float64" and layer.dtype_policy.name == "float64"
    assert layer.variables == layer.weights and layer.trainable_variables == layer.trainable_weights
    assert layer.non_trainable_variables == layer.non_trainable_weights
    layer.gamma.assign_add([1, 2, 3])
    layer.gamma.assign_sub([0, 1, 0])
    assert layer.gamma.ndim == 1 and layer.gamma.numpy().tolist() == [2, 2, 4]
    tensor = pycnn.Input((3,))
    assert isinstance(tensor, pycnn.KerasTensor) and utils.is_keras_tensor(tensor) and not backend.is_keras_tensor(3)


def test_descriptions_come_back():
    dense = layers.Dense(3, name="mine")
    assert layers.deserialize(layers.serialize(dense)).get_config() == dense.get_config()
    metric = pycnn.metrics.F1Score(threshold=0.5)
    assert pycnn.metrics.deserialize(pycnn.metrics.serialize(metric)).get_config() == metric.get_config()
    loss = losses.Huber(delta=0.5)
    assert losses.deserialize(losses.serialize(loss)).get_config() == loss.get_config()
    policy = pycnn.DTypePolicy("float64")
    assert pycnn.dtype_policies.deserialize(pycnn.dtype_policies.serialize(policy)) == policy
    assert pycnn.initializers.HeNormal(seed=3).clone().get_config() == pycnn.initializers.HeNormal(seed=3).get_config()


def test_version():
    assert pycnn.version() == pycnn.__version__
