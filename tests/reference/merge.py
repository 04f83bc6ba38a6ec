"""Operations on several arrays, broadcast by NumPy; sums in long double.

The gradient of a repeated array is the sum over the axes along which it was repeated. maximum and minimum take arrays
two at a time from the first: of a pair the larger gets all of the gradient, each of two equal ones half, and neither
anything where one is NaN.
"""

import numpy as np


def broadcast(arrays):
    return np.broadcast_arrays(*(np.asarray(array, np.longdouble) for array in arrays))


def summed(gradients, arrays):
    """Each gradient summed to the shape of its array."""
    results = []
    for gradient, array in zip(gradients, arrays, strict=True):
        gradient, shape = np.asarray(gradient, np.longdouble), np.shape(array)
        gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
        repeated = tuple(axis for axis, extent in enumerate(shape) if extent == 1 and gradient.shape[axis] != 1)
        results.append(gradient.sum(axis=repeated, keepdims=True))
    return tuple(results)


def add(*arrays):
    return sum(broadcast(arrays))


def add_grad(dy, *arrays):
    return summed([dy] * len(arrays), arrays)


def average(*arrays):
    return add(*arrays) / len(arrays)


def average_grad(dy, *arrays):
    return tuple(gradient / len(arrays) for gradient in add_grad(dy, *arrays))


def subtract(x1, x2):
    return np.asarray(x1, np.longdouble) - np.asarray(x2, np.longdouble)


def subtract_grad(dy, x1, x2):
    dx1, dx2 = add_grad(dy, x1, x2)
    return dx1, -dx2


def subtract_magnitude(x1, x2):
    return add(np.abs(x1), np.abs(x2))


def subtract_grad_magnitude(dy, x1, x2):
    return add_grad(np.abs(dy), x1, x2)


def product(arrays):
    return np.prod(arrays, axis=0) if arrays else 1


def multiply(*arrays):
    return product(broadcast(arrays))


def multiply_grad(dy, *arrays):
    whole = broadcast(arrays)
    return summed([dy * product(whole[:i] + whole[i + 1 :]) for i in range(len(arrays))], arrays)


def maximum(*arrays):
    y = broadcast(arrays)[0]
    for x in broadcast(arrays)[1:]:
        y = np.where(np.isnan(y) | np.isnan(x), np.nan, np.where(x > y, x, y))
    return y


def shares(dy, x, other):
    """What the larger of a pair passes back to x."""
    with np.errstate(invalid="ignore"):
        return np.where(x > other, dy, np.where(x == other, dy / 2, 0))


def maximum_grad(dy, *arrays):
    whole, gradients, dy = broadcast(arrays), [], np.asarray(dy, np.longdouble)
    for i in range(len(arrays) - 1, 0, -1):
        before = maximum(*whole[:i])
        gradients.append(shares(dy, whole[i], before))
        dy = shares(dy, before, whole[i])
    return summed([dy, *reversed(gradients)], arrays)


def maximum_grad_magnitude(dy, *arrays):
    return maximum_grad(np.abs(dy), *arrays)


def minimum(*arrays):
    return -maximum(*(-np.asarray(array) for array in arrays))


def minimum_grad(dy, *arrays):
    return maximum_grad(dy, *(-np.asarray(array) for array in arrays))


def minimum_grad_magnitude(dy, *arrays):
    return minimum_grad(np.abs(dy), *arrays)


def concatenate(arrays, axis=0):
    return np.concatenate(list(arrays), axis)


def concatenate_grad(dy, arrays, axis=0):
    places = np.cumsum([np.shape(array)[axis] for array in arrays])[:-1]
    return tuple(np.split(dy, places, axis))
