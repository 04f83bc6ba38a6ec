"""Normalisation by the statistics of one sample, and its gradients, in long double.

group: y = gamma (x - mean) / sqrt(variance + epsilon) + beta over the pixels and the channels of a group (Wu and He
2018); instance has one channel in a group (Ulyanov et al. 2016); layer is over the last axes (Ba et al. 2016). rms
divides by sqrt(mean(x^2) + epsilon) (Zhang and Sennrich 2019), unit by the larger of |x| and epsilon. The magnitudes
are what the formula multiplies and adds once the mean is subtracted.
"""

import numpy as np


def real(x):
    return np.asarray(x, np.longdouble)


class Rows:
    """x as (rows, elements that are normalised together), gamma likewise, and the formula's pieces."""

    def __init__(self, x, kind, epsilon, gamma, groups=None, axes=1):
        self.x, self.kind, self.groups, self.axes = real(x), kind, groups, axes
        if groups is not None:
            self.groups = x.shape[-1] if groups == -1 else groups
        self.parameter_axes = 1 if groups is not None else axes
        self.gamma = np.broadcast_to(real(1.0 if gamma is None else gamma), self.x.shape)
        rows = self.rows(self.x)
        if kind == "centred":
            rows = rows - rows.mean(axis=1, keepdims=True)
            rows = rows - rows.mean(axis=1, keepdims=True)  # what rounding left of a mean far above the deviation
        self.centred = rows
        squares = self.centred**2
        if kind == "unit":
            length = np.sqrt(squares.sum(axis=1, keepdims=True))
            self.clipped = length < epsilon
            self.scale = 1 / np.maximum(length, epsilon)
        else:
            self.scale = 1 / np.sqrt(squares.mean(axis=1, keepdims=True) + epsilon)
        self.xhat = self.centred * self.scale
        spread = np.abs(self.centred)
        if kind == "centred":
            spread = spread + spread.mean(axis=1, keepdims=True)
        self.size = spread * self.scale  # of xhat before anything cancels

    def rows(self, array):
        array = np.broadcast_to(array, self.x.shape)
        if self.groups is None:
            leading = array.shape[: array.ndim - self.axes]
            return array.reshape(int(np.prod(leading)), int(np.prod(array.shape[len(leading) :])))
        pixels, channels = int(np.prod(array.shape[1:-1])), array.shape[-1] // self.groups
        split = array.reshape(len(array), pixels, self.groups, channels)
        return np.moveaxis(split, 2, 1).reshape(len(array) * self.groups, pixels * channels)

    def back(self, rows):
        """The inverse of `rows`."""
        if self.groups is None:
            return rows.reshape(self.x.shape)
        shape = self.x.shape
        pixels, channels = int(np.prod(shape[1:-1])), shape[-1] // self.groups
        split = rows.reshape(shape[0], self.groups, pixels, channels)
        return np.moveaxis(split, 1, 2).reshape(shape)

    def parameter_sum(self, array):
        """The sum over all that share an element of gamma."""
        return array.sum(axis=tuple(range(array.ndim - self.parameter_axes)))

    def forward(self, beta):
        return self.back(self.xhat) * self.gamma + (0 if beta is None else beta)

    def forward_magnitude(self, beta):
        return self.back(self.size) * np.abs(self.gamma) + (0 if beta is None else np.abs(beta))

    def gradients(self, dy, gamma, beta):
        g = self.rows(real(dy) * self.gamma)
        if self.kind == "unit":
            projection = np.where(self.clipped, 0, (g * self.xhat).sum(axis=1, keepdims=True))
        else:
            projection = (g * self.xhat).mean(axis=1, keepdims=True)
        mean = g.mean(axis=1, keepdims=True) if self.kind == "centred" else 0
        dx = self.back(self.scale * (g - mean - self.xhat * projection))
        return self._wanted(dx, real(dy) * self.back(self.xhat), real(dy), gamma, beta)

    def gradient_magnitudes(self, dy, gamma, beta):
        g = np.abs(self.rows(real(dy) * self.gamma))
        products = g * self.size
        projection = products.sum(axis=1, keepdims=True)
        if self.kind != "unit":
            projection = projection / g.shape[1]
        mean = g.mean(axis=1, keepdims=True) if self.kind == "centred" else 0
        dx = self.back(self.scale * (g + mean + self.size * projection))
        dy = np.abs(real(dy))
        return self._wanted(dx, dy * self.back(self.size), dy, gamma, beta)

    def _wanted(self, dx, dgamma, dbeta, gamma, beta):
        given = [self.parameter_sum(part) for part, of in ((dgamma, gamma), (dbeta, beta)) if of is not None]
        return (dx, *given) if given else dx


def count(axis):
    return 1 if isinstance(axis, int) else len(axis)


def group_norm(x, gamma=None, beta=None, groups=32, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, groups).forward(beta)


def group_norm_magnitude(x, gamma=None, beta=None, groups=32, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, groups).forward_magnitude(beta)


def group_norm_grad(dy, x, gamma=None, beta=None, groups=32, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, groups).gradients(dy, gamma, beta)


def group_norm_grad_magnitude(dy, x, gamma=None, beta=None, groups=32, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, groups).gradient_magnitudes(dy, gamma, beta)


def instance_norm(x, gamma=None, beta=None, epsilon=1e-3):
    return group_norm(x, gamma, beta, -1, epsilon)


def instance_norm_magnitude(x, gamma=None, beta=None, epsilon=1e-3):
    return group_norm_magnitude(x, gamma, beta, -1, epsilon)


def instance_norm_grad(dy, x, gamma=None, beta=None, epsilon=1e-3):
    return group_norm_grad(dy, x, gamma, beta, -1, epsilon)


def instance_norm_grad_magnitude(dy, x, gamma=None, beta=None, epsilon=1e-3):
    return group_norm_grad_magnitude(dy, x, gamma, beta, -1, epsilon)


def layer_norm(x, gamma=None, beta=None, axis=-1, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, axes=count(axis)).forward(beta)


def layer_norm_magnitude(x, gamma=None, beta=None, axis=-1, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, axes=count(axis)).forward_magnitude(beta)


def layer_norm_grad(dy, x, gamma=None, beta=None, axis=-1, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, axes=count(axis)).gradients(dy, gamma, beta)


def layer_norm_grad_magnitude(dy, x, gamma=None, beta=None, axis=-1, epsilon=1e-3):
    return Rows(x, "centred", epsilon, gamma, axes=count(axis)).gradient_magnitudes(dy, gamma, beta)


def rms_norm(x, gamma=None, axis=-1, epsilon=1e-6):
    return Rows(x, "rms", epsilon, gamma, axes=count(axis)).forward(None)


def rms_norm_magnitude(x, gamma=None, axis=-1, epsilon=1e-6):
    return Rows(x, "rms", epsilon, gamma, axes=count(axis)).forward_magnitude(None)


def rms_norm_grad(dy, x, gamma=None, axis=-1, epsilon=1e-6):
    return Rows(x, "rms", epsilon, gamma, axes=count(axis)).gradients(dy, gamma, None)


def rms_norm_grad_magnitude(dy, x, gamma=None, axis=-1, epsilon=1e-6):
    return Rows(x, "rms", epsilon, gamma, axes=count(axis)).gradient_magnitudes(dy, gamma, None)


def unit_norm(x, axis=-1, epsilon=1e-12):
    return Rows(x, "unit", epsilon, None, axes=count(axis)).forward(None)


def unit_norm_magnitude(x, axis=-1, epsilon=1e-12):
    return Rows(x, "unit", epsilon, None, axes=count(axis)).forward_magnitude(None)


def unit_norm_grad(dy, x, axis=-1, epsilon=1e-12):
    return Rows(x, "unit", epsilon, None, axes=count(axis)).gradients(dy, None, None)


def unit_norm_grad_magnitude(dy, x, axis=-1, epsilon=1e-12):
    return Rows(x, "unit", epsilon, None, axes=count(axis)).gradient_magnitudes(dy, None, None)
