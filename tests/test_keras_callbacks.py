"""Callbacks do what Keras's do, case by case; the answers are those of `tests/data/make_keras_callbacks.py`."""

import json
import pathlib

import pytest

from pycnn import callbacks
from tests.callback_cases import CASES, CSV_LOGS, answers, cases

KERAS = json.loads((pathlib.Path(__file__).parent / "data" / "keras_callbacks.json").read_text())


@pytest.fixture(scope="module")
def ours():
    return json.loads(json.dumps(answers(callbacks)))


@pytest.mark.parametrize("number", range(CASES))
def test_case(number, ours):
    assert ours["callbacks"][number] == KERAS["callbacks"][number], list(cases())[number]


@pytest.mark.parametrize("number", range(2 * len(CSV_LOGS)))
def test_csv_file(number, ours):
    assert ours["csv"][number] == KERAS["csv"][number]


def test_the_cases_reach_what_they_are_for():
    done = KERAS["callbacks"]
    assert {case["epochs"] for case in done[0::3]} >= {2, 3, 5, 14} and any(case["restored"] for case in done[0::3])
    assert len({case["rate"] for case in done[1::3]}) > 3
    assert len({len(case["saved"]) for case in done[2::3]}) > 3
