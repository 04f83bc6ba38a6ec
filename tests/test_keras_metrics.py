"""Every metric answers as Keras 3's does, after each of several batches; so do the configurations.

The cases are in `tests.keras_metrics`, Keras's answers in ``data/keras_metrics.json``.
"""

from __future__ import annotations

import functools
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from pycnn import metrics
from tests.keras_metrics import CASES

FILE = Path(__file__).with_name("data") / "keras_metrics.json"


@functools.cache
def answers():
    """Keras's answers by case."""
    return json.loads(FILE.read_text())


def update(metric, case, batch):
    y_true, y_pred, weights = batch
    if case.metric in ("Mean", "Sum"):
        metric.update_state(y_pred, sample_weight=weights)
    else:
        metric.update_state(y_true, y_pred, sample_weight=weights)


def results(metric, case):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\[R2Score\] the adjusted score needs")
        found = []
        for batch in case.batches():
            update(metric, case, batch)
            found.append(metric.result())
        return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_results(case):
    expected = answers()[str(case)]["results"]
    metric = getattr(metrics, case.metric)(**case.options)
    for found, correct in zip(results(metric, case), expected, strict=True):
        assert np.shape(found) == np.shape(correct)
        assert np.ndim(found) or type(found) is float
        np.testing.assert_allclose(found, correct, rtol=2e-6, atol=2e-6)
    metric.reset_state()
    assert not any(np.any(variable.value) for variable in metric.variables)
    again = results(metric, case)
    np.testing.assert_allclose(again[-1], expected[-1], rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_configurations(case):
    """Ours holds what Keras's holds, and what Keras loses (the cosine's axis); Keras's makes ours."""
    config = dict(answers()[str(case)]["config"])
    cls = getattr(metrics, case.metric)
    ours = json.loads(json.dumps(cls(**case.options).get_config()))
    unnumbered = [re.sub(r"_\d+$", "", each["name"]) for each in (config, ours)]
    assert unnumbered[0] == unnumbered[1]
    assert {name: ours[name] for name in config if name != "name"} == {n: v for n, v in config.items() if n != "name"}
    assert all(case.options[name] == ours[name] for name in ours.keys() - config.keys())
    assert json.loads(json.dumps(cls.from_config(ours).get_config())) == ours
    made = metrics.get({"class_name": case.metric, "config": config})
    assert type(made) is cls and made.name == config["name"]


def test_the_file_has_the_cases_of_the_table():
    names = [str(case) for case in CASES]
    assert len(set(names)) == len(names)
    assert list(answers()) == names


def test_every_metric_is_compared():
    classes = {name for name in metrics.__all__ if isinstance(getattr(metrics, name), type)}
    assert classes - {case.metric for case in CASES} == {"Metric", "MeanMetricWrapper"}
