"""Metric objects: values by hand, accumulation, agreement with the core, names."""

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses, metrics
from tests import reference

SMALL = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.3, 0.3, 0.4], [0.4, 0.4, 0.2]])
VALUES = [
    (metrics.SparseCategoricalAccuracy, [1, 0, 0, 0], SMALL, 3 / 4),
    (metrics.SparseCategoricalAccuracy, [[1], [0], [0], [1]], SMALL, 2 / 4),
    (metrics.CategoricalAccuracy, np.eye(3)[[1, 2, 2, 0]], SMALL, 3 / 4),
    (metrics.BinaryAccuracy, [[1], [0], [1], [1]], [[0.6], [0.4], [0.5], [0.9]], 3 / 4),
    (metrics.BinaryAccuracy, [[1, 0], [0, 1]], [[0.6, 0.6], [0.4, 0.7]], 3 / 4),
    (metrics.MeanSquaredError, [[1.0, 2.0]], [[3.0, 2.0]], 2.0),
    (metrics.MeanAbsoluteError, [[1.0, 2.0]], [[3.0, 1.0]], 1.5),
]


@pytest.mark.parametrize(("metric", "y_true", "y_pred", "expected"), VALUES)
def test_value(metric, y_true, y_pred, expected):
    made = metric()
    assert made.result() == 0.0
    assert made(y_true, y_pred) == pytest.approx(expected)
    made.reset_state()
    for row in range(len(y_true)):
        made.update_state(y_true[row : row + 1], y_pred[row : row + 1])
    assert made.result() == pytest.approx(expected)


@pytest.mark.parametrize("batch_size", [1, 7, 32])
@pytest.mark.parametrize(
    ("metric", "loss", "activation"),
    [
        (metrics.SparseCategoricalAccuracy, losses.SparseCategoricalCrossentropy, "softmax"),
        (metrics.CategoricalAccuracy, losses.CategoricalCrossentropy, "softmax"),
        (metrics.BinaryAccuracy, losses.BinaryCrossentropy, "sigmoid"),
        (metrics.MeanSquaredError, losses.MeanSquaredError, None),
        (metrics.MeanAbsoluteError, losses.MeanSquaredError, None),
    ],
)
def test_the_core_computes_the_same(metric, loss, activation, batch_size, rng):
    model = Sequential([Input((6,)), layers.Dense(4, activation=activation, dtype="float64")])
    model.compile("sgd", loss(), metrics=[metric(name="mine")])
    x, labels = rng.normal(size=(40, 6)), rng.integers(0, 4, 40)
    y = labels if loss().sparse else np.eye(4)[labels]
    expected = metric()(y, model.predict(x, verbose=0))
    named = model.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)
    assert named["mine"] == pytest.approx(expected, rel=1e-12)
    kernel, bias = model.get_weights()
    output = x @ kernel + bias if activation is None else getattr(reference, activation)(x @ kernel + bias)
    if metric in (metrics.SparseCategoricalAccuracy, metrics.CategoricalAccuracy):
        assert expected == pytest.approx(np.mean(output.argmax(axis=1) == labels))


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("mse", metrics.MeanSquaredError),
        ("MAE", metrics.MeanAbsoluteError),
        ("mean_squared_error", metrics.MeanSquaredError),
        ("binary_accuracy", metrics.BinaryAccuracy),
        ("CategoricalAccuracy", metrics.CategoricalAccuracy),
        ("sparse_categorical_accuracy", metrics.SparseCategoricalAccuracy),
        ("auc", metrics.AUC),
        ("AUC", metrics.AUC),
        ("precision", metrics.Precision),
        ("f1_score", metrics.F1Score),
        ("top_k_categorical_accuracy", metrics.TopKCategoricalAccuracy),
        ("kld", metrics.KLDivergence),
        ("huber", metrics.MeanMetricWrapper),
        ("log_cosh", metrics.MeanMetricWrapper),
    ],
)
def test_names(name, metric):
    assert type(metrics.get(name)) is metric
    resolved = metrics.resolve(name, losses.MeanSquaredError(), (None, 3))
    assert (type(resolved), resolved.name) == (metric, name)


def test_configuration():
    for metric, *_ in VALUES:
        made = metric(name="mine")
        again = metrics.get({"class_name": metric.__name__, "config": made.get_config()})
        assert type(again) is metric and again.name == "mine"
        assert metrics.get(made) is made
        assert type(metrics.get(metric)) is metric


def test_names_are_numbered_as_in_keras():
    first, second = metrics.AUC(), metrics.AUC()
    number = int(second.name.rpartition("_")[2])
    assert first.name in (f"auc_{number - 1}", "auc") and second.name == f"auc_{number}"
    assert metrics.MeanSquaredError().name == metrics.MeanSquaredError().name == "mean_squared_error"


def own_loss(y_true, y_pred):
    return np.zeros(len(y_pred)), np.zeros_like(y_pred)


@pytest.mark.parametrize("loss", [None, losses.get(own_loss)])
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([1, 0, 1], [[0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], 1 / 3),
        ([[1], [0], [1]], [[0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], 1 / 3),
        ([[0, 1], [1, 0], [0, 1]], [[0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], 1 / 3),
        ([[1], [0], [1]], [[0.8], [0.3], [0.4]], 2 / 3),
        ([1, 0, 1], [[0.8], [0.3], [0.4]], 2 / 3),
    ],
)
def test_accuracy_without_a_loss_that_says_what_targets_are(loss, name, y_true, y_pred, expected):
    metric = metrics.resolve(name, loss, (None, len(y_pred[0])))
    assert (metric.name, metric.core_name, metric.better) == (name, None, "max")
    assert metric(y_true, y_pred) == pytest.approx(expected)


# What the core computes


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.BinaryAccuracy(), "binary_accuracy"),
        (metrics.BinaryAccuracy(threshold=0.3), None),
        (metrics.SparseCategoricalAccuracy("acc"), "sparse_categorical_accuracy"),
        (metrics.MeanAbsoluteError(), "mean_absolute_error"),
        (metrics.RootMeanSquaredError(), None),
        (metrics.AUC(), None),
        (type("Mine", (metrics.MeanSquaredError,), {})(), None),
    ],
)
def test_the_core_is_asked_for_what_it_has(metric, expected):
    assert metric.core_name == expected


@pytest.mark.parametrize(
    ("metric", "better"), [("auc", "max"), ("mse", "min"), ("mean_io_u", "max"), ("recall", "max")]
)
def test_which_values_are_better(metric, better):
    made = metrics.MeanIoU(2) if metric == "mean_io_u" else metrics.get(metric)
    assert made.better == better


# Metrics of your own


class Largest(metrics.Metric):
    def __init__(self, name="largest", **more):
        super().__init__(name=name, **more)
        self.largest = self.add_variable(shape=(2,), initializer="ones", name="largest")
        self.seen = self.add_weight(name="seen")
        self.mean = metrics.Mean()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(np.maximum(self.largest, y_pred.max(axis=0)))
        self.seen.assign_add(len(y_pred))
        self.mean.update_state(y_pred[:, 0], sample_weight)

    def result(self):
        return self.largest / self.seen + self.mean.result()


def test_own_metrics():
    metric = Largest()
    assert [variable.name for variable in metric.variables] == ["largest", "seen", "total", "count"]
    np.testing.assert_array_equal(metric(None, np.array([[3.0, 0.0], [5.0, -1.0]])), [6.5, 4.5])
    metric.update_state(None, np.array([[1.0, 8.0]]))
    np.testing.assert_allclose(metric.result(), [5 / 3 + 3, 8 / 3 + 3])
    metric.reset_state()
    assert not any(variable.numpy().any() for variable in metric.variables)
    assert metric.get_config() == {"name": "largest", "dtype": "float32"}
    assert type(metrics.get(Largest)) is Largest and metrics.get(metric) is metric


def test_variables_compute_like_arrays():
    made = metrics.Metric(name="mine").add_variable((2,), "ones", name="state")
    np.testing.assert_array_equal(made * 2 + made, [3, 3])
    np.testing.assert_array_equal(np.array([2.0, 4.0]) - made, [1, 3])
    np.testing.assert_array_equal(np.sqrt(made + 3), [2, 2])
    assert (made[0], len(made), made.shape, made.dtype) == (1.0, 2, (2,), "float64")
    made.assign_sub([1, 0])
    np.testing.assert_array_equal(made, [0, 1])
    with pytest.raises(ValueError, match=r"\[assign\] state must have shape \(2,\); got shape=\(3,\)"):
        made.assign(np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        made.value[0] = 1


def test_functions_become_means():
    def doubled(y_true, y_pred):
        return 2 * np.abs(y_pred - y_true).max(axis=-1)

    metric = metrics.get(doubled)
    assert (type(metric), metric.name) == (metrics.MeanMetricWrapper, "doubled")
    assert metric([[0.0, 0.0], [0.0, 0.0]], [[1.0, -3.0], [0.0, 1.0]], [3.0, 1.0]) == 5.0
    assert metrics.get(metrics.mean_squared_error)([[0.0]], [[2.0]]) == 4.0
    wrapped = metrics.MeanMetricWrapper(metrics.huber, delta=0.5)
    again = metrics.get({"class_name": "MeanMetricWrapper", "config": wrapped.get_config()})
    assert again([[0.0]], [[2.0]]) == wrapped([[0.0]], [[2.0]]) == 0.875
    assert metrics.get(losses.Huber(0.5))([[0.0]], [[2.0]]) == 0.875


# Edges


def test_counts_stay_exact():
    """Keras's float32 count stands still at 2 ** 24."""
    metric = metrics.Mean()
    metric.count.assign(2**24)
    metric.update_state([1.0])
    assert float(metric.count) == 2**24 + 1


def test_weights_of_regions_may_be_fractions():
    """Keras rounds them down unless a dtype is given."""
    labels, predictions, weights = [0, 0, 1, 1], [0, 1, 1, 1], np.array([0.5, 0.25, 0.5, 0.5])
    assert metrics.MeanIoU(2)(labels, predictions, weights) == pytest.approx((0.5 / 0.75 + 1 / 1.25) / 2, rel=1e-6)


@pytest.mark.parametrize("metric", [metrics.AUC(), metrics.AUC(curve="PR"), metrics.Precision(), metrics.F1Score()])
def test_empty_and_nan_batches(metric):
    shape = (0, 3) if metric.name.startswith("f1") else (0,)
    metric.update_state(np.zeros(shape), np.zeros(shape))
    assert np.all(metric.result() == 0)
    metric.update_state(np.ones((2, *shape[1:])), np.full((2, *shape[1:]), np.nan))
    assert np.all(metric.result() == 0)


def test_before_the_first_batch():
    for name in ("mse", "auc", "precision", "recall", "f1_score", "accuracy", "r2_score", "sum", "true_positives"):
        assert metrics.resolve(name, losses.MeanSquaredError(), (None, 3)).result() == 0.0
    assert metrics.AUC(multi_label=True).result() == 0.0


ROWS = np.ones((4, 3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: metrics.get("f1"), r"\[get\] metric must be one of .* got metric='f1'"),
        (ValueError, lambda: metrics.get("acuracy"), r"did you mean 'accuracy'"),
        (TypeError, lambda: metrics.get(3), r"\[get\] metric must be a name"),
        (TypeError, lambda: metrics.get(dict), r"\[get\] metric must be a name"),
        (ValueError, lambda: metrics.BinaryAccuracy(threshold="a"), r"\[BinaryAccuracy\] threshold must be a finite"),
        (TypeError, lambda: metrics.MeanSquaredError(squared=False), r"unexpected keyword argument 'squared'"),
        (TypeError, lambda: metrics.MeanSquaredError()("a", [1.0]), r"\[mean_squared_error\] y_true"),
        (ValueError, lambda: metrics.MeanSquaredError()([[1.0, 2.0]], [1.0]), r"y_true must have the shape of y_pred"),
        (ValueError, lambda: metrics.Accuracy()([1, 2], [1]), r"\[accuracy\] y_true must have .* y_true.shape=\(2,\)"),
        (ValueError, lambda: metrics.CategoricalAccuracy()(ROWS[0], ROWS), r"\[categorical_accuracy\] y_true must"),
        (ValueError, lambda: metrics.SparseCategoricalAccuracy()([1], ROWS), r"one class number per row of y_pred"),
        (ValueError, lambda: metrics.SparseTopKCategoricalAccuracy()([3] * 4, ROWS), r"in \[0, 2\]; got label=3"),
        (ValueError, lambda: metrics.TopKCategoricalAccuracy(k=0), r"k must be an integer >= 1"),
        (ValueError, lambda: metrics.Mean()(ROWS, np.ones(3)), r"\[mean\] sample_weight must fit values of shape"),
        (TypeError, lambda: metrics.MeanMetricWrapper("mse"), r"fn must be a function"),
        (ValueError, lambda: metrics.Precision(thresholds=[0.5, 1.5]), r"\[Precision\] thresholds must be .*\[0, 1\]"),
        (ValueError, lambda: metrics.Recall(top_k=0), r"\[Recall\] top_k must be"),
        (ValueError, lambda: metrics.Recall(top_k=4)(ROWS, ROWS), r"top_k must be at most the classes of y_pred"),
        (ValueError, lambda: metrics.Recall(class_id=3)(ROWS, ROWS), r"class_id must be a class of y_pred"),
        (ValueError, lambda: metrics.Recall()(ROWS, ROWS[:2]), r"y_true must have the shape of y_pred, \(2, 3\)"),
        (ValueError, lambda: metrics.AUC(num_thresholds=1), r"\[AUC\] num_thresholds must be an integer >= 2"),
        (ValueError, lambda: metrics.AUC(curve="RO"), r"\[AUC\] curve must be one of .*'ROC'"),
        (ValueError, lambda: metrics.AUC(summation_method="middle"), r"\[AUC\] summation_method must be one of"),
        (ValueError, lambda: metrics.AUC(num_labels=3), r"num_labels needs multi_label=True"),
        (ValueError, lambda: metrics.AUC(multi_label=True)(ROWS[0], ROWS[0]), r"y_pred must have two axes"),
        (ValueError, lambda: metrics.AUC(multi_label=True, num_labels=2)(ROWS, ROWS), r"y_pred must have 2 labels"),
        (ValueError, lambda: metrics.PrecisionAtRecall(1.5), r"\[PrecisionAtRecall\] recall must be .*\[0, 1\]"),
        (ValueError, lambda: metrics.F1Score(average="mean"), r"\[F1Score\] average must be one of"),
        (ValueError, lambda: metrics.F1Score(threshold=0.0), r"threshold must be above 0"),
        (ValueError, lambda: metrics.FBetaScore(beta=0.0), r"beta must be above 0"),
        (ValueError, lambda: metrics.F1Score()(ROWS[0], ROWS[0]), r"y_pred must have shape \(N, classes\)"),
        (ValueError, lambda: metrics.F1Score()(ROWS, ROWS, ROWS), r"sample_weight must have shape \(4,\)"),
        (ValueError, lambda: metrics.R2Score("mean"), r"class_aggregation must be one of"),
        (ValueError, lambda: metrics.R2Score()(ROWS[0], ROWS[0]), r"y_pred must have shape \(N, columns\)"),
        (ValueError, lambda: metrics.IoU(2, [2]), r"\[IoU\] target_class_ids must hold classes in \[0, 1\]"),
        (ValueError, lambda: metrics.MeanIoU(2)([1, 0], [1]), r"y_true must have 1 elements"),
        (ValueError, lambda: metrics.OneHotMeanIoU(2, axis=5)(ROWS, ROWS), r"axis must be one of y_true's"),
        (NotImplementedError, lambda: metrics.Metric()(1, 2), r"\[Metric\] a metric must override update_state"),
        (ValueError, lambda: metrics.Metric().add_variable((-1,)), r"\[add_variable\] shape must be an integer >= 0"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()
