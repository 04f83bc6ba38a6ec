"""Gemm: the dense product of matrices that may be transposed, scaled, with a scaled summand of any shape."""

from pycnn import ops


def gemm(a, b, c=None, *, alpha, beta, transA, transB):
    product = ops.dense(a.T if transA else a, b.T if transB else b)
    scaled = ops.rescale(product, alpha)
    return scaled if c is None else ops.add(scaled, ops.rescale(c, beta))
