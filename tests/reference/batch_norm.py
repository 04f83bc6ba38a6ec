"""Batch normalisation and its gradients in long double (Ioffe and Szegedy 2015), channels on any axis.

The magnitudes are what the formula multiplies and adds once the mean is subtracted.
"""

import numpy as np


def real(x):
    return np.asarray(x, np.longdouble)


class Channels:
    """x as (C, values of the channel), and the formula's pieces."""

    def __init__(self, x, axis, mean=None, variance=None, offset=None, scale=None, epsilon=1e-3):
        self.shape, self.axis = np.shape(x), axis
        x = self.rows(x)
        if mean is None:
            mean = x.mean(axis=1)
            self.centred = x - mean[:, None]
            left = self.centred.mean(axis=1)  # by rounding, of a mean far above the deviation
            self.centred = self.centred - left[:, None]
            mean, variance = mean + left, (self.centred**2).mean(axis=1)
        else:
            self.centred = x - real(mean)[:, None]
        self.mean, self.variance = real(mean), real(variance)
        self.r = 1 / np.sqrt(self.variance + epsilon)[:, None]
        self.xhat = self.centred * self.r
        self.scale = real(np.ones(len(x)) if scale is None else scale)[:, None]
        self.offset = real(np.zeros(len(x)) if offset is None else offset)[:, None]

    def rows(self, array):
        array = np.moveaxis(real(array), self.axis, 0)
        return array.reshape(len(array), -1)

    def back(self, rows):
        """The inverse of `rows`."""
        first = [self.shape[self.axis], *np.delete(self.shape, self.axis)]
        return np.moveaxis(rows.reshape([int(size) for size in first]), 0, self.axis)

    def y(self):
        return self.xhat * self.scale + self.offset

    def size(self):
        """Of xhat before anything cancels, when the mean is taken of x."""
        return np.abs(self.xhat) + np.abs(self.xhat).mean(axis=1, keepdims=True)


def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    channels = Channels(x, axis, mean, variance, offset, scale, epsilon)
    return channels.back(channels.y())


def batch_normalization_magnitude(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    channels = Channels(x, axis, mean, variance, offset, scale, epsilon)
    return channels.back(np.abs(channels.xhat * channels.scale) + np.abs(channels.offset))


def batch_normalization_grad(dy, x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    channels = Channels(x, axis, mean, variance, offset, scale, epsilon)
    return _given_grad(channels, channels.rows(dy), channels.scale, channels.centred, offset, scale)


def batch_normalization_grad_magnitude(dy, x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    channels = Channels(x, axis, mean, variance, offset, scale, epsilon)
    magnitudes = np.abs(channels.rows(dy)), np.abs(channels.scale), np.abs(channels.centred)
    return tuple(np.abs(part) for part in _given_grad(channels, *magnitudes, offset, scale))


def _given_grad(channels, dy, weight, centred, offset, scale):
    dx = weight * channels.r * dy
    dmean = -dx.sum(axis=1)
    dvariance = -(channels.r[:, 0] ** 2) / 2 * (dx * centred).sum(axis=1)
    wanted = _wanted((offset, dy), (scale, dy * centred * channels.r))
    return (channels.back(dx), dmean, dvariance, *wanted)


def batch_normalization_training(x, axis, offset=None, scale=None, epsilon=1e-3, activation=None):
    channels = Channels(x, axis, None, None, offset, scale, epsilon)
    y = channels.back(channels.y())
    return (np.maximum(y, 0) if activation == "relu" else y), channels.mean, channels.variance


def batch_normalization_training_magnitude(x, axis, offset=None, scale=None, epsilon=1e-3, activation=None):
    channels = Channels(x, axis, None, None, offset, scale, epsilon)
    y = channels.size() * np.abs(channels.scale) + np.abs(channels.offset)
    return channels.back(y), np.abs(channels.rows(x)).mean(axis=1), channels.variance


def batch_normalization_training_grad(dy, x, axis, offset=None, scale=None, epsilon=1e-3, activation=None):
    channels = Channels(x, axis, None, None, offset, scale, epsilon)
    dy = _passed(channels, dy, activation)
    g = channels.scale * dy
    projection = (g * channels.xhat).mean(axis=1, keepdims=True)
    dx = channels.r * (g - g.mean(axis=1, keepdims=True) - channels.xhat * projection)
    return _all(channels.back(dx), (offset, dy), (scale, dy * channels.xhat))


def batch_normalization_training_grad_magnitude(dy, x, axis, offset=None, scale=None, epsilon=1e-3, activation=None):
    channels = Channels(x, axis, None, None, offset, scale, epsilon)
    dy, size = np.abs(_passed(channels, dy, activation)), channels.size()
    g = np.abs(channels.scale) * dy
    projection = (g * size).mean(axis=1, keepdims=True)
    dx = channels.r * (g + g.mean(axis=1, keepdims=True) + size * projection)
    return _all(channels.back(dx), (offset, dy), (scale, dy * size))


def _passed(channels, dy, activation):
    dy = channels.rows(dy)
    return np.where(channels.y() > 0, dy, 0) if activation == "relu" else dy


def _wanted(*parts):
    return tuple(rows.sum(axis=1) for argument, rows in parts if argument is not None)


def _all(dx, *parts):
    wanted = _wanted(*parts)
    return (dx, *wanted) if wanted else dx
