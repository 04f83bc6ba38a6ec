"""Seeds, one-hot labels, names, the normalisation of arguments, settings, and what an import changes."""

import random

import numpy as np
import pytest

import pycnn
from pycnn import config, ops, utils
from pycnn.ops import arrays
from pycnn.utils import arguments, naming
from pycnn.utils.random import next_seed, seed_or_next

# Seeds


def test_seeds_repeat_and_differ():
    utils.set_random_seed(1)
    first = [next_seed() for _ in range(100)]
    utils.set_random_seed(1)
    assert [next_seed() for _ in range(100)] == first
    utils.set_random_seed(2)
    assert not set(first) & {next_seed() for _ in range(100)}
    assert len(set(first)) == 100 and all(0 <= seed < 2**63 for seed in first)


def test_python_and_numpy_are_seeded_too():
    drawn = []
    for _ in range(2):
        utils.set_random_seed(9)
        drawn.append((random.random(), np.random.rand()))  # noqa: NPY002 - the global generator is what is tested
    assert drawn[0] == drawn[1]


def test_a_given_seed_passes_through():
    assert seed_or_next("op", 5) == 5
    assert seed_or_next("op", None) != seed_or_next("op", None)


def test_without_a_seed_processes_differ(elsewhere):
    assert len({elsewhere("from pycnn.utils.random import next_seed; print(next_seed())") for _ in range(2)}) == 2


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", None, True])
def test_seeds_that_are_refused(seed):
    with pytest.raises(ValueError, match=r"\[set_random_seed\] seed must be an integer .* got seed="):
        utils.set_random_seed(seed)


# Labels


@pytest.mark.parametrize(
    ("labels", "classes", "expected"),
    [
        ([0, 2], None, [[1, 0, 0], [0, 0, 1]]),
        ([1], 4, [[0, 1, 0, 0]]),
        ([[1], [0]], None, [[0, 1], [1, 0]]),
        ([[0, 1]], 2, [[[1, 0], [0, 1]]]),
        (2, None, [0, 0, 1]),
        ([1.0, 0.0], 2, [[0, 1], [1, 0]]),
        ([], 3, np.zeros((0, 3))),
    ],
)
def test_to_categorical(labels, classes, expected):
    rows = utils.to_categorical(labels, classes)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows, expected, strict=False)
    assert rows.shape == np.shape(expected)


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([3], 3, r"labels must be in \[0, 2\]; got \(min, max\)=\(3, 3\)"),
        ([-1], None, r"num_classes|labels"),
        ([0, -1], 3, r"labels must be in \[0, 2\]; got \(min, max\)=\(-1, 0\)"),
        ([0.5], 3, r"x must hold integers; got x.dtype='float64'"),
        (["a"], 3, r"x must hold integers"),
        ([1], 0, r"num_classes .* got num_classes=0"),
        ([], None, r"num_classes is needed when x is empty"),
    ],
)
def test_labels_that_are_refused(labels, classes, message):
    with pytest.raises(ValueError, match=r"\[to_categorical\] .*" + message):
        utils.to_categorical(labels, classes)


# Arguments


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, (3, 3)),
        ((1, 2), (1, 2)),
        ([1, 2], (1, 2)),
        (np.int32(4), (4, 4)),
        (np.array([5, 6]), (5, 6)),
        (np.array(7), (7, 7)),
    ],
)
def test_integers(value, expected):
    result = arguments.integers("op", "strides", value, 2)
    assert result == expected and all(type(item) is int for item in result)


NOT_INTEGERS = [0, -1, 1.0, 1.5, "1", b"12", None, True, {}, float("nan"), float("inf"), 1j]
NOT_PAIRS = [
    (1,),
    (1, 2, 3),
    (1, 0),
    (1, None),
    (1, 2.0),
    (1, "2"),
    (True, 1),
    np.array([1.0, 2.0]),
    np.array([[1, 2]]),
]
HUGE = [2**63, 2**64, 2**70, -(2**70), (1, 2**63)]


@pytest.mark.parametrize("value", [*NOT_INTEGERS, *NOT_PAIRS, *HUGE], ids=repr)
def test_integers_that_are_refused(value):
    with pytest.raises(ValueError, match=r"^\[op\] strides must .*; got strides="):
        arguments.integers("op", "strides", value, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("valid", "valid"),
        ("SAME", "same"),
        (0, ((0, 0), (0, 0))),
        (2, ((2, 2), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        ([[0, 0], [5, 0]], ((0, 0), (5, 0))),
        (np.array([[1, 2], [3, 4]]), ((1, 2), (3, 4))),
    ],
)
def test_padding(value, expected):
    assert arguments.padding("op", value, 2) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("full", "causal", "", "12", -1, 1.5, None, True, 2**64),
        *((1, 2), ((1, 2),), ((1, 2), (3,)), ((1, 2), (3, -1)), ((1, 2), (3, 2**63)), ((1, 2), (3, 4), (5, 6))),
    ],
    ids=repr,
)
def test_paddings_that_are_refused(value):
    with pytest.raises(ValueError, match=r"^\[op\] padding must .*; got padding="):
        arguments.padding("op", value, 2)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -0.1, 1.1, "0.5", None, True, 10**400, 1j, [0.5]], ids=repr
)
def test_numbers_that_are_refused(value):
    with pytest.raises(ValueError, match=r"^\[op\] rate must be a finite number in \[0, 1\]; got rate="):
        arguments.number("op", "rate", value, 0.0, 1.0)


def test_choices_list_near_matches():
    with pytest.raises(
        ValueError, match=r"^\[op\] mode must be one of 'same', 'valid'; got mode='vaild' \(did you mean 'valid'\?\)$"
    ):
        arguments.choice("op", "mode", "vaild", ("same", "valid"))
    with pytest.raises(ValueError, match=r"got mode=3$"):
        arguments.choice("op", "mode", 3, ("same", "valid"))


def test_long_values_are_cut():
    with pytest.raises(ValueError) as caught:
        arguments.integer("op", "size", list(range(10**5)))
    assert len(str(caught.value)) < 300 and str(caught.value).endswith("...")


def test_unused_arguments():
    accepted = {"clip": None, "flag": False, "ratio": 0.0}
    arguments.refuse("op", {"clip": None, "flag": False, "ratio": 0}, accepted)
    for given in ({"clip": 1.0}, {"flag": True}, {"ratio": 0.5}, {"clip": np.ones(3)}):
        (name,) = given
        with pytest.raises(ValueError, match=rf"^\[op\] {name} is not supported: it must be .*; got {name}="):
            arguments.refuse("op", given, accepted)
    with pytest.raises(TypeError, match=r"^\[op\] unexpected argument clipp=1 \(did you mean 'clip'\?\)$"):
        arguments.refuse("op", {"clipp": 1}, accepted)


# Arrays


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1, 2], "float32"),
        ([1.0], "float64"),
        (True, "float32"),
        (np.float16([1]), "float32"),
        (np.uint64([2**60]), "float32"),
        (np.array([1.0], ">f8"), "float64"),
        (np.array([1.0], ">f4"), "float32"),
    ],
    ids=repr,
)
def test_arrays_become_floats(value, dtype):
    (array,) = arrays.floating("op", x=value)
    assert array.dtype == dtype and array.dtype.isnative and array.flags.c_contiguous and array.flags.aligned


def test_operands_get_one_dtype_and_nothing_is_copied_needlessly():
    x, kernel = np.ones(3, np.float32), np.ones(3)
    assert [array.dtype.name for array in arrays.floating("op", x=x, kernel=kernel, bias=[1])] == ["float64"] * 3
    assert arrays.floating("op", x=x, bias=None) == [x, None] and arrays.floating("op", x=x)[0] is x
    assert arrays.rows("op", "x", x) is x


@pytest.mark.parametrize(
    "value",
    [
        1j,
        "a",
        b"a",
        None,
        object(),
        [None],
        np.datetime64("2020-01-01"),
        {"a": 1},
        np.zeros(2, "V4"),
        np.longdouble([1]),
        [2**70],
    ],
    ids=repr,
)
def test_arrays_that_are_refused(value):
    with pytest.raises(TypeError, match=r"^\[op\] x must hold real numbers of at most 64 bits; got x.dtype="):
        arrays.floating("op", x=value)
    with pytest.raises(TypeError, match=r"^\[op\] x must hold real numbers"):
        arrays.rows("op", "x", value)


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError, match=r"^\[op\] x must be an array; got list"):
        arrays.floating("op", x=[[1], [1, 2]])


# Names and settings


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Conv2D", "conv2d"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("MaxPooling2D", "max_pooling2d"),
        ("ReLU", "re_lu"),
        ("BatchNormalization", "batch_normalization"),
        ("InputLayer", "input_layer"),
        ("MeanSquaredError", "mean_squared_error"),
    ],
)
def test_snake_case(name, expected):
    assert naming.snake_case(name) == expected


def test_floatx():
    assert config.floatx() == "float32" and config.epsilon() == 1e-7
    with pytest.raises(ValueError, match=r"\[set_floatx\] value must be one of .* got value='float16'"):
        config.set_floatx("float16")


def test_the_number_of_threads():
    config.set_num_threads(3)
    assert config.num_threads() == 3
    for count in (0, -1, 1025, 2**40, 2**70, 1.5, "2", None, True):
        with pytest.raises(ValueError, match=r"\[set_num_threads\] count must be .*; got count="):
            config.set_num_threads(count)
    assert config.num_threads() == 3


def test_every_operation_has_a_gradient():
    """But not those that write a kernel in another way, nor the indices beside max_pool's results."""
    functions = set(ops.__all__) - {"conv_matrix", "flip_kernel", "max_pool_with_indices"}
    assert {f"{name}_grad" for name in functions if not name.endswith("_grad")} <= functions
    assert all(callable(getattr(ops, name)) for name in functions)


# The package


def test_public_names():
    for name in pycnn.__all__:
        assert getattr(pycnn, name) is not None
    assert set(dir(pycnn)) == set(pycnn.__all__)
    with pytest.raises(AttributeError, match="module 'pycnn' has no attribute 'nothing'"):
        pycnn.nothing  # noqa: B018 - the access is the test


def test_importing_changes_nothing_in_the_process(elsewhere):
    code = """
import os, signal, locale, threading, numpy, warnings
def state():
    signals = [signal.getsignal(number) for number in signal.valid_signals()]
    subnormal = float(numpy.float64(5e-324) * numpy.float64(1.0))
    return (dict(os.environ), signals, locale.getlocale(), threading.active_count(), subnormal, numpy.geterr(),
            os.getcwd(), list(warnings.filters))
before = state()
import pycnn
pycnn.ops.relu(numpy.ones((100, 100)))
pycnn.Sequential([pycnn.Input((4,)), pycnn.layers.Dense(2)]).compile("adam", "mse")
assert state() == before
"""
    elsewhere(code)
