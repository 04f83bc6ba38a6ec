"""Calls of pycnn.ops that must be refused: the rows of `bad_calls` and of the modules bad_calls_*, which add to it.

A refusal is a ValueError, or a TypeError for an array without real numbers in it; its message names the operation and
the argument and says what it got. No row crashes, and none writes to its inputs. Odd arrays that are legal are in
test_odd_arrays.
"""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

from pycnn import ops
from tests.bad_calls import BAD, CLASSES, DY, MATRIX, ROWS, B, K, X
from tests.checks import unmodified
from tests.valid_calls import CALLS, EMPTY, FORWARD, call

for path in sorted(Path(__file__).parent.glob("bad_calls_*.py")):
    importlib.import_module(f"tests.{path.stem}")

FAMILIES = {
    "separable_conv": "depthwise_conv",
    "_pool": "pool",
    "_with_indices": "pool",
    "_crossentropy": "loss",
    "_error": "loss",
}


def names_of(operation):
    """A message may name the operation, its gradient or the family whose check is shared."""
    operation = operation.split(",")[0].removesuffix("_grad")
    family = next((name for ending, name in FAMILIES.items() if operation.endswith(ending)), operation)
    return rf"({operation}(_grad)?|{family})"


@pytest.mark.parametrize(("operation", "argument", "error", "spoiled"), BAD)
def test_refused(operation, argument, error, spoiled):
    with unmodified(X, K, DY, B, ROWS, MATRIX, CLASSES), pytest.raises(error) as caught:
        spoiled()
    message = str(caught.value)
    assert type(caught.value) is error
    assert re.search(rf"^\[{names_of(operation)}\] .*\b({argument}).*; got ", message, re.DOTALL), message


def test_the_table_is_long_and_has_no_row_twice():
    assert len(BAD) >= 400
    assert len({row.id for row in BAD}) == len(BAD)


def test_too_large_for_memory():
    """Sizes that fit 64 bits but no memory: a MemoryError, and the next call works."""
    with pytest.raises(MemoryError):
        ops.resize(X, (2**23, 2**23))
    assert ops.resize(X, (1, 1)).shape == (2, 1, 1, 6)


def test_every_operation_has_a_valid_call():
    assert {getattr(ops, name) for name in ops.__all__} == {getattr(ops, name) for name in CALLS}


@pytest.mark.parametrize("operation", CALLS)
def test_valid_before_it_is_spoiled(operation):
    with unmodified(*CALLS[operation][0].values()):
        call(operation)()


@pytest.mark.parametrize("operation", FORWARD)
def test_no_elements_give_none(operation):
    """The counterpart of the rows without elements along an axis: where they are legal."""
    argument, array = next(iter(CALLS[operation][0].items()))
    for axis in EMPTY.get(operation, (0,)):
        empty = np.zeros((*array.shape[:axis], 0, *array.shape[axis + 1 :]), array.dtype)
        answer = call(operation, **{argument: empty})()
        assert answer.size == 0
        assert answer.dtype == np.float32
