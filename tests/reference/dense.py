"""Operations without a spatial axis: the dense layer's product and the rescaling of images.

dense: y[..., f] = bias[f] + sum over c of x[..., c] * kernel[c, f], in long double as in conv.py.
rescale: y = x * scale + offset.
"""

import numpy as np


def dense(x, kernel, *, bias=None):
    y = np.einsum("...c,cf->...f", np.asarray(x, np.longdouble), kernel)
    return y if bias is None else y + bias


def dense_grad(dy, x, kernel, *, bias=None):
    """(dx, dkernel), with a bias also dbias."""
    dy = np.asarray(dy, np.longdouble)
    rows, drows = np.asarray(x, np.longdouble).reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    dx, dkernel = np.einsum("...f,cf->...c", dy, kernel), np.einsum("pc,pf->cf", rows, drows)
    return (dx, dkernel) if bias is None else (dx, dkernel, drows.sum(axis=0))


def rescale(x, scale, offset=0.0):
    return np.asarray(x, np.longdouble) * scale + offset


def rescale_grad(dy, x, scale, offset=0.0):
    return np.asarray(dy, np.longdouble) * scale
