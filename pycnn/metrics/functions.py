"""The functions of targets and predictions that Keras has among its metrics, by name: accuracies and losses of rows."""

from __future__ import annotations

from pycnn import losses
from pycnn.metrics.accuracy import (
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from pycnn.metrics.correlation import concordance_correlation, pearson_correlation

BY_NAME = {
    function.__name__: function
    for function in (
        accuracy,
        binary_accuracy,
        categorical_accuracy,
        sparse_categorical_accuracy,
        sparse_top_k_categorical_accuracy,
        top_k_categorical_accuracy,
        concordance_correlation,
        pearson_correlation,
        losses.binary_crossentropy,
        losses.binary_focal_crossentropy,
        losses.categorical_crossentropy,
        losses.categorical_focal_crossentropy,
        losses.categorical_hinge,
        losses.dice,
        losses.hinge,
        losses.huber,
        losses.kl_divergence,
        losses.log_cosh,
        losses.mean_absolute_error,
        losses.mean_absolute_percentage_error,
        losses.mean_squared_error,
        losses.mean_squared_logarithmic_error,
        losses.poisson,
        losses.sparse_categorical_crossentropy,
        losses.squared_hinge,
        losses.tversky,
    )
}
