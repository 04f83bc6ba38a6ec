"""Every node case of the operators in `operators` gives ONNX's outputs, or is in `exclusions` and does not."""

import numpy as np
import pytest

from pycnn import _core
from tests.checks import running_with, unmodified
from tests.onnx.cases import collect
from tests.onnx.exclusions import CASES, OUTPUTS
from tests.onnx.operators import OPERATORS

ALL = {case.name: case for case in collect(OPERATORS)}
EXCLUDED = {name: reason for reason, names in CASES.items() for name in names}
RELATIVE, ABSOLUTE = 1e-5, 1e-6
HALF = 2.0**-10  # a float16 among the expected outputs is rounded


def outputs_of(case):
    """What pycnn answers, one array for each output of the node that it has."""
    answer = OPERATORS[case.operator](*case.inputs, **case.attributes)
    return answer if isinstance(answer, tuple) else (answer,)


def compare(case):
    with unmodified(*case.inputs):
        answer = outputs_of(case)
    wanted = [index for index in range(len(case.outputs)) if (case.operator, index) not in OUTPUTS]
    assert 0 in wanted and wanted[-1] < len(answer), f"outputs {wanted} of {len(answer)}"
    for index in wanted:
        actual, expected = np.asarray(answer[index]), np.asarray(case.outputs[index])
        assert actual.shape == expected.shape, (case.output_names[index], actual.shape, expected.shape)
        exact = expected.dtype.kind in "iub"
        relative = 0 if exact else HALF if expected.dtype == np.float16 else RELATIVE
        np.testing.assert_allclose(actual, expected, rtol=relative, atol=0 if exact else ABSOLUTE, equal_nan=True)
        if index == 0:
            assert actual.dtype == (np.float64 if expected.dtype == np.float64 else np.float32)


def test_every_operator_has_cases():
    assert {case.operator for case in ALL.values()} == set(OPERATORS)


@pytest.mark.parametrize("name", [name for name in ALL if name not in EXCLUDED])
def test_gives_onnx_outputs(name):
    for isa in _core.isas():
        with running_with(isa):
            compare(ALL[name])


@pytest.mark.parametrize("name", EXCLUDED)
def test_excluded_cases_exist_and_do_not_pass(name):
    with pytest.raises((AssertionError, NotImplementedError, TypeError, ValueError)):
        compare(ALL[name])
