"""Models as estimators: scikit-learn's own checks, pipelines and searches, what Keras's wrappers do."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unittest
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from pycnn import Input, Sequential, layers, losses, utils, wrappers
from pycnn.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

# scikit-learn's checks that fail, with the reason. All others must pass, or say themselves that they do not apply.
EXPECTED_FAILURES = {
    "check_regressor_multioutput": "wants float64 predictions; ours have the dtype of the model, float32",
}
# What a check says when it does not apply.
DOES_NOT_APPLY = ("SCIPY_ARRAY_API is not set", "pandas is not installed")


def dense(X, y, loss="mse", activation=None, units=16):
    """A small net for samples and targets of these shapes, the same at every call."""
    utils.set_random_seed(1)
    outputs = y.shape[1] if y.ndim > 1 else 1
    hidden = layers.Dense(units, activation="relu")
    model = Sequential([Input(X.shape[1:]), layers.Flatten(), hidden, layers.Dense(outputs, activation)])
    model.compile("adam", loss)
    return model


class Repeatable:
    """The tag that switches on the checks of repeated fits."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = False
        return tags


class Classifier(Repeatable, SKLearnClassifier):
    pass


class Regressor(Repeatable, SKLearnRegressor):
    pass


class Transformer(Repeatable, SKLearnTransformer):
    pass


PROBABILITIES = {"loss": "categorical_crossentropy", "activation": "softmax"}
ESTIMATORS = [
    Classifier(dense, model_kwargs=PROBABILITIES, fit_kwargs={"epochs": 60, "batch_size": 8}),
    Regressor(dense, fit_kwargs={"epochs": 5}),
    Transformer(dense),
]
CHECKS = [
    pytest.param(made, check, id=f"{type(made).__name__}-{check.func.__name__}-{number}")
    for estimator in ESTIMATORS
    for number, (made, check) in enumerate(estimator_checks_generator(estimator, mark=None))
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_checks_of_scikit_learn(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if check.func.__name__ in EXPECTED_FAILURES:
                with pytest.raises(AssertionError):
                    check(estimator)
            else:
                check(estimator)
        except unittest.SkipTest as reason:
            assert str(reason).startswith(DOES_NOT_APPLY)


def blobs(rng, classes=3, count=60):
    """Points around a centre for each class, which has a name."""
    centres = 3 * rng.normal(size=(classes, 4))
    numbers = rng.integers(0, classes, count)
    return centres[numbers] + 0.3 * rng.normal(size=(count, 4)), np.array([f"class {i}" for i in range(classes)])[
        numbers
    ]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("categorical_crossentropy", "softmax"),
        (losses.CategoricalCrossentropy(from_logits=True), None),
        ("sparse_categorical_crossentropy", "softmax"),
        (losses.SparseCategoricalCrossentropy(from_logits=True), None),
    ],
)
def test_classifier(classes, loss, activation, rng):
    X, y = blobs(rng, classes)
    estimator = SKLearnClassifier(
        dense, model_kwargs={"loss": loss, "activation": activation}, fit_kwargs={"epochs": 150, "batch_size": 8}
    )
    assert estimator.fit(X, y) is estimator
    assert estimator.score(X, y) > 0.95
    assert estimator.classes_.tolist() == sorted(set(y))
    assert estimator.epoch_ == list(range(150))
    probabilities, decisions = estimator.predict_proba(X), estimator.decision_function(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(estimator.classes_[probabilities.argmax(axis=1)], estimator.predict(X))
    if classes == 2:
        np.testing.assert_array_equal(estimator.classes_[(decisions > 0).astype(int)], estimator.predict(X))
    else:
        np.testing.assert_array_equal(decisions, estimator.model_.predict(X, verbose=0))


@pytest.mark.parametrize("from_logits", [False, True])
def test_one_output_for_two_classes(from_logits, rng):
    X, y = blobs(rng, 2)
    model = Sequential([Input((4,)), layers.Dense(1, activation=None if from_logits else "sigmoid")])
    model.compile("adam", losses.BinaryCrossentropy(from_logits=from_logits))
    before = model.get_weights()[0]
    estimator = SKLearnClassifier(model, fit_kwargs={"epochs": 300, "batch_size": 8}).fit(X, y)
    assert estimator.score(X, y) > 0.95
    np.testing.assert_array_equal(model.get_weights()[0], before)  # a copy was trained
    again = clone(estimator).fit(X, y)  # which begins as the model does
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    assert estimator.predict_proba(X).shape == (60, 2)
    assert cross_val_score(estimator, X, y, scoring="roc_auc", cv=2).min() > 0.9


def test_images(rng):
    X, y = rng.integers(0, 256, (20, 6, 6, 1)).astype(np.uint8), rng.integers(0, 2, 20)
    estimator = SKLearnClassifier(dense, model_kwargs=PROBABILITIES).fit(X, y)
    assert estimator.predict(X).shape == (20,)


@pytest.mark.parametrize("values", [None, 1, 2])
def test_regressor(values, rng):
    X = rng.normal(size=(64, 3))
    y = X @ rng.normal(size=(3, values or 1))
    if values is None:
        y = y[:, 0]
    estimator = SKLearnRegressor(dense, fit_kwargs={"epochs": 200, "batch_size": 8}).fit(X, y)
    assert estimator.predict(X).shape == y.shape
    assert estimator.score(X, y) > 0.9


def test_transformer(rng):
    X = rng.normal(size=(32, 3))
    estimator = SKLearnTransformer(dense, fit_kwargs={"epochs": 3})
    assert estimator.fit_transform(X).shape == (32, 3)
    assert estimator.fit(X, X[:, 0]).transform(X).shape == (32, 1)


def test_warm_start(rng):
    X, y = rng.normal(size=(16, 3)), rng.normal(size=16)
    estimator = SKLearnRegressor(dense, warm_start=True).fit(X, y, epochs=2)
    first = estimator.model_
    estimator.fit(X, y, epochs=3)
    assert estimator.model_ is first and first.optimizer.iterations == 5
    estimator.set_params(warm_start=False).fit(X, y)
    assert estimator.model_ is not first


def test_pipelines_searches_and_pickles(rng):
    X, y = blobs(rng)
    estimator = SKLearnClassifier(dense, model_kwargs=PROBABILITIES, fit_kwargs={"epochs": 100, "batch_size": 8})
    chain = make_pipeline(StandardScaler(), estimator).fit(X, y)
    assert chain.score(X, y) > 0.9
    grid = {"model_kwargs": [{**PROBABILITIES, "units": units} for units in (1, 16)]}
    search = GridSearchCV(estimator, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.8
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), search.best_estimator_.predict_proba(X))


def test_without_scikit_learn():
    """A process in which it cannot be imported."""
    code = (
        "import sys; sys.modules['sklearn'] = None; import pycnn.wrappers as w\n"
        "try:\n    w.SKLearnClassifier\nexcept ImportError as problem:\n    print(problem)"
    )
    found = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[SKLearnClassifier] needs scikit-learn: pip install 'pycnn[sklearn]'"
    assert set(dir(wrappers)) == set(wrappers.__all__)


X, Y = np.ones((4, 3)), np.array([0, 1, 0, 1])


def uncompiled(X, y):
    return Sequential([Input((3,)), layers.Dense(1)])


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: SKLearnRegressor(uncompiled).fit(X, Y), r"\[SKLearnRegressor\] model must be compiled"),
        (ValueError, lambda: SKLearnRegressor(lambda X, y: None).fit(X, Y), r"model must be compiled .*got model=None"),
        (
            TypeError,
            lambda: SKLearnRegressor("dense").fit(X, Y),
            r"model must be a model or make one; got model='dense'",
        ),
        (ValueError, lambda: SKLearnClassifier(dense).fit(X, Y / 3), r"y must be binary or multiclass; got continuous"),
        (ValueError, lambda: SKLearnClassifier(dense).fit(X, 0 * Y), r"more than one class; got 1 class"),
        (ValueError, lambda: SKLearnRegressor(dense).fit(X, Y[:3]), r"inconsistent numbers of samples"),
        (ValueError, lambda: SKLearnRegressor(dense).fit(X, Y).predict(X[:, :2]), r"expecting 3 features"),
        (ValueError, lambda: SKLearnRegressor(dense).predict(X), r"not fitted yet"),
        (AttributeError, lambda: wrappers.SKLearnCluster, r"no attribute 'SKLearnCluster'"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
