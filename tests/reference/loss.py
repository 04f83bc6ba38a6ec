"""Losses (the mean over all loss elements) and their gradients with respect to `output`.

Cross-entropies of probabilities follow Keras: the categorical kinds divide by the sum over the last axis first, then
all clip to [1e-7, 1 - 1e-7] and take the logarithm; outside that range the gradient is zero. The magnitudes count a
logarithm as 1 + |log p|, because the rounding of p alone moves it by u.
"""

import numpy as np

from tests.reference.activation import sigmoid
from tests.reference.softmax import log_softmax, log_softmax_magnitude, softmax, softmax_magnitude

EPSILON = 1e-7


def one_hot(target, classes):
    return np.eye(classes)[np.asarray(target)]


def categorical_crossentropy(target, output, from_logits=False):
    """mean of -sum over classes of target * log(p)."""
    output = np.asarray(output, np.float64)
    if from_logits:
        log_p = log_softmax(output)
    else:
        log_p = np.log(np.clip(output / output.sum(axis=-1, keepdims=True), EPSILON, 1 - EPSILON))
    return -(target * log_p).sum(axis=-1).mean()


def categorical_crossentropy_grad(target, output, from_logits=False):
    output, target = np.asarray(output, np.float64), np.asarray(target, np.float64)
    elements = output[..., 0].size
    if from_logits:
        return (softmax(output) * target.sum(axis=-1, keepdims=True) - target) / elements
    total = output.sum(axis=-1, keepdims=True)
    p = output / total
    dp = np.where((p > EPSILON) & (p < 1 - EPSILON), -target / p, 0.0)
    return (dp - (dp * p).sum(axis=-1, keepdims=True)) / total / elements


def categorical_crossentropy_magnitude(target, output, from_logits=False):
    output = np.asarray(output, np.float64)
    if from_logits:
        elements = log_softmax_magnitude(output)
    else:
        p = np.clip(output / output.sum(axis=-1, keepdims=True), EPSILON, 1 - EPSILON)
        elements = 1.0 - np.log(p)
    return (np.abs(target) * elements).sum(axis=-1).mean()


def categorical_crossentropy_grad_magnitude(target, output, from_logits=False):
    output, target = np.asarray(output, np.float64), np.abs(target)
    elements = output[..., 0].size
    if from_logits:
        return (softmax_magnitude(output) * target.sum(axis=-1, keepdims=True) + target) / elements
    total = output.sum(axis=-1, keepdims=True)
    p = np.maximum(output / total, EPSILON)
    return (target / p + target.sum(axis=-1, keepdims=True)) / total / elements


def sparse_categorical_crossentropy(target, output, from_logits=False):
    """target holds class numbers."""
    return categorical_crossentropy(one_hot(target, output.shape[-1]), output, from_logits)


def sparse_categorical_crossentropy_grad(target, output, from_logits=False):
    return categorical_crossentropy_grad(one_hot(target, output.shape[-1]), output, from_logits)


def sparse_categorical_crossentropy_magnitude(target, output, from_logits=False):
    return categorical_crossentropy_magnitude(one_hot(target, output.shape[-1]), output, from_logits)


def sparse_categorical_crossentropy_grad_magnitude(target, output, from_logits=False):
    return categorical_crossentropy_grad_magnitude(one_hot(target, output.shape[-1]), output, from_logits)


def binary_crossentropy(target, output, from_logits=False):
    """mean of -(target * log(p) + (1 - target) * log(1 - p))."""
    output, target = np.asarray(output, np.float64), np.asarray(target, np.float64)
    if from_logits:
        return (np.maximum(output, 0) - output * target + np.log1p(np.exp(-np.abs(output)))).mean()
    p = np.clip(output, EPSILON, 1 - EPSILON)
    return -(target * np.log(p) + (1 - target) * np.log1p(-p)).mean()


def binary_crossentropy_grad(target, output, from_logits=False):
    output, target = np.asarray(output, np.float64), np.asarray(target, np.float64)
    if from_logits:
        return (sigmoid(output) - target) / output.size
    inside = (output > EPSILON) & (output < 1 - EPSILON)
    p = np.where(inside, output, 0.5)
    return np.where(inside, (1 - target) / (1 - p) - target / p, 0.0) / output.size


def binary_crossentropy_magnitude(target, output, from_logits=False):
    output, target = np.asarray(output, np.float64), np.asarray(target, np.float64)
    if from_logits:
        return (np.maximum(output, 0) + np.abs(output * target) + np.log1p(np.exp(-np.abs(output)))).mean()
    p = np.clip(output, EPSILON, 1 - EPSILON)
    return (np.abs(target) * (1 - np.log(p)) + np.abs(1 - target) * (1 - np.log1p(-p))).mean()


def binary_crossentropy_grad_magnitude(target, output, from_logits=False):
    output, target = np.asarray(output, np.float64), np.asarray(target, np.float64)
    if from_logits:
        return (sigmoid(output) + np.abs(target)) / output.size
    p = np.clip(output, EPSILON, 1 - EPSILON)
    return (np.abs(1 - target) / (1 - p) + np.abs(target) / p) / output.size


def mean_squared_error(target, output):
    return ((np.asarray(output, np.float64) - target) ** 2).mean()


def mean_squared_error_grad(target, output):
    return 2 * (np.asarray(output, np.float64) - target) / output.size


def mean_absolute_error(target, output):
    return np.abs(np.asarray(output, np.float64) - target).mean()


def mean_absolute_error_grad(target, output):
    return np.sign(np.asarray(output, np.float64) - target) / output.size
