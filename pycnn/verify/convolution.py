"""Proof by computation that the ways to compute a convolution are one and the same function.

`equivalence` computes a convolution and its gradients by the core's algorithms that add up the products of the
definition, by the sparse matrix of `ops.conv_matrix` and with the filter of `ops.flip_kernel`, and reports how far
apart they are. `pycnn verify` does so for a table of shapes, `SHAPES`. The matrix needs SciPy, which is imported by
the first call.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from pycnn import ops
from pycnn.layers.conv import Conv
from pycnn.ops.window import resolve_windows
from pycnn.utils import arguments

BOUND = 16.0  # the promise of pycnn's sums of products, in u sum |a| |b|
BATCH_SIZE = 2  # of a layer whose input shape leaves the batch open


@dataclass(frozen=True)
class ConvShape:
    """The shapes and options of a convolution.

    Attributes:
        input_shape: (N, H, W, C), or the same with 1 or 3 spatial axes.
        kernel_shape: (KH, KW, C / groups, F), likewise.
        strides, padding, dilation_rate: as in `pycnn.ops.conv`.

    >>> from pycnn.verify import ConvShape
    >>> print(ConvShape((2, 9, 7, 3), (3, 3, 3, 8), strides=2))
    (2, 9, 7, 3) * (3, 3, 3, 8), strides=2
    """

    input_shape: tuple[int, ...]
    kernel_shape: tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: Any = "valid"
    dilation_rate: int | tuple[int, ...] = 1

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the operations."""
        return {"strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation_rate}

    def __str__(self) -> str:
        ones = (1,) * (len(self.kernel_shape) - 2)
        options = [f"{name}={value}" for name, value in self.options.items() if value not in (1, ones, "valid")]
        return ", ".join([f"{self.input_shape} * {self.kernel_shape}", *options])


@dataclass(frozen=True)
class Difference:
    """The largest difference of one result from the product with the matrix.

    Attributes:
        result: "output", "input gradient" or "kernel gradient".
        method: "direct", "gemm" or "flipped".
        absolute: max |difference|.
        units: max |difference| / (u sum |a| |b|), with u the unit roundoff and the sum over the element's own products.
    """

    result: str
    method: str
    absolute: float
    units: float


@dataclass(frozen=True)
class Equivalence:
    """What `equivalence` found out; printed, it is a table.

    Attributes:
        shape: the convolution.
        dtype: "float32" or "float64".
        differences: one for each result and method.
    """

    shape: ConvShape
    dtype: str
    differences: tuple[Difference, ...]

    @property
    def largest(self) -> float:
        """The largest of all differences in units of u sum |a| |b|; NaN when a result is not a number."""
        return float(np.max([difference.units for difference in self.differences]))

    @property
    def holds(self) -> bool:
        """Whether all differences are within the bound of 16 u sum |a| |b|."""
        return self.largest <= BOUND

    def __str__(self) -> str:
        verdict = "equal" if self.holds else "NOT equal"
        lines = [
            f"{self.shape}, {self.dtype}: {verdict}, at most {self.largest:.2f} u sum|a||b| apart (bound {BOUND:g})"
        ]
        for part in self.differences:
            lines.append(f"  {part.result:<16}{part.method:<9}{part.units:8.2f} u sum|a||b|{part.absolute:12.1e}")
        return "\n".join(lines)


def equivalence(layer_or_shape: Conv | ConvShape, dtype: str | None = None, seed: int = 0) -> Equivalence:
    """Compute one convolution in several ways and report the largest differences.

    - direct, gemm: `ops.conv` and `ops.conv_grad` with that algorithm.
    - matrix: C x, C^T dy, and for the kernel the sum of dy[row] x[column] over the entries of C that hold its element.
      It is computed in float64 (for float64 in long double) and is what the others are compared with.
    - flipped: the input gradient as the convolution of dy with `ops.flip_kernel` and padding "full". Where strides are
      above 1 that is a convolution of the dilated dy, with strides - 1 zeros between its elements; the padding of the
      forward convolution is cut off the result.

    The data are normally distributed. Bias and activation of a layer play no part.

    Args:
        layer_or_shape: a built convolution layer, whose kernel is used, or a `ConvShape`, whose kernel is drawn. The
            matrix has an entry for each product of one sample: large layers need much memory.
        dtype: "float32" or "float64"; by default the layer's, float32 for a shape.
        seed: of the data.

    Raises:
        ValueError: a layer that is not built, or shapes that do not fit.
        TypeError: neither a convolution layer nor a ConvShape.
        ImportError: SciPy is not installed; the message names the extra that brings it.

    >>> from pycnn.verify import ConvShape, equivalence
    >>> report = equivalence(ConvShape((2, 9, 7, 3), (3, 3, 3, 8), strides=2, padding="same"))
    >>> report.holds
    True
    >>> [(difference.result, difference.method) for difference in report.differences if difference.method == "flipped"]
    [('input gradient', 'flipped')]
    """
    shape, kernel, dtype = _problem(layer_or_shape, dtype)
    rng = np.random.default_rng(arguments.integer("equivalence", "seed", seed, 0))
    x = rng.standard_normal(shape.input_shape).astype(dtype)
    kernel = (rng.standard_normal(shape.kernel_shape) if kernel is None else kernel).astype(dtype)
    dy = rng.standard_normal(ops.conv(x, kernel, **shape.options).shape).astype(dtype)

    expected = _by_matrix(dy, x, kernel, shape)
    magnitude = _by_matrix(np.abs(dy), np.abs(x), np.abs(kernel), shape)
    methods = {
        "direct": _by_algorithm(dy, x, kernel, shape, "direct"),
        "gemm": _by_algorithm(dy, x, kernel, shape, "gemm"),
        "flipped": {"input gradient": _by_flipped_kernel(dy, x, kernel, shape)},
    }
    differences = (
        _difference(result, method, results[result], expected[result], magnitude[result])
        for result in expected
        for method, results in methods.items()
        if result in results
    )
    return Equivalence(shape, dtype, tuple(differences))


def _problem(layer_or_shape: Any, dtype: str | None) -> tuple[ConvShape, np.ndarray | None, str]:
    """The shape, the kernel if there is one already, and the dtype."""
    if not isinstance(layer_or_shape, (Conv, ConvShape)):
        rule = "layer_or_shape must be a convolution layer or a ConvShape"
        raise TypeError(f"[equivalence] {rule}; got layer_or_shape={layer_or_shape!r}")
    layer = layer_or_shape if isinstance(layer_or_shape, Conv) else None
    default = layer.dtype if layer else "float32"
    dtype = arguments.choice("equivalence", "dtype", default if dtype is None else dtype, ("float32", "float64"))
    if layer is None:
        for name in ("input_shape", "kernel_shape"):
            sizes = arguments.sequence("equivalence", name, getattr(layer_or_shape, name))
            arguments.integers("equivalence", name, sizes, len(sizes), 0)
        return layer_or_shape, None, dtype
    if not layer.built:
        raise ValueError(f"[equivalence] the layer must be built; got layer_or_shape={layer!r}")
    kernel = layer.kernel.numpy()
    input_shape = (layer.build_shape[0] or BATCH_SIZE, *layer.build_shape[1:])
    return ConvShape(input_shape, kernel.shape, layer.strides, layer.padding, layer.dilation_rate), kernel, dtype


def _by_algorithm(
    dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, shape: ConvShape, algorithm: str
) -> dict[str, np.ndarray]:
    dx, dkernel = ops.conv_grad(dy, x, kernel, algorithm=algorithm, **shape.options)
    y = ops.conv(x, kernel, algorithm=algorithm, **shape.options)
    return {"output": y, "input gradient": dx, "kernel gradient": dkernel}


def _by_matrix(dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, shape: ConvShape) -> dict[str, np.ndarray]:
    """With more digits than the arrays have."""
    wide = np.float64 if x.dtype == np.float32 else np.longdouble
    matrix = ops.conv_matrix(kernel.astype(np.float64), x.shape[1:], **shape.options).astype(wide)
    samples, gradients = (_rows(array).astype(wide) for array in (x, dy))

    # The same matrix with the number of each kernel element in its place.
    numbers = np.arange(kernel.size, dtype=np.float64).reshape(kernel.shape)
    entries = ops.conv_matrix(numbers, x.shape[1:], **shape.options).tocoo()
    dkernel = np.zeros(kernel.size, wide)
    for sample, gradient in zip(samples, gradients, strict=True):
        np.add.at(dkernel, entries.data.astype(np.int64), gradient[entries.row] * sample[entries.col])
    return {
        "output": (matrix @ samples.T).T.reshape(dy.shape),
        "input gradient": (matrix.T @ gradients.T).T.reshape(x.shape),
        "kernel gradient": dkernel.reshape(kernel.shape),
    }


def _rows(batch: np.ndarray) -> np.ndarray:
    return batch.reshape(len(batch), prod(batch.shape[1:]))


def _by_flipped_kernel(dy: np.ndarray, x: np.ndarray, kernel: np.ndarray, shape: ConvShape) -> np.ndarray:
    windows = resolve_windows("equivalence", x.shape[1:-1], kernel.shape[:-2], **shape.options)
    dilated_extents = [(window.output - 1) * window.stride + 1 for window in windows]
    dilated = np.zeros((len(dy), *dilated_extents, dy.shape[-1]), dy.dtype)
    dilated[(slice(None), *(slice(None, None, window.stride) for window in windows))] = dy
    flipped = ops.flip_kernel(kernel, x.shape[-1] // kernel.shape[-2])
    dpadded = ops.conv(dilated, flipped, padding="full", dilation_rate=shape.dilation_rate)
    # Elements that no window reaches, at the end of an axis, keep the gradient 0.
    inside = dpadded[(slice(None), *(slice(window.before, window.before + window.extent) for window in windows))]
    dx = np.zeros(x.shape, dy.dtype)
    dx[tuple(slice(extent) for extent in inside.shape)] = inside
    return dx


def _difference(
    result: str, method: str, answer: np.ndarray, expected: np.ndarray, magnitude: np.ndarray
) -> Difference:
    limits = np.finfo(answer.dtype)
    absolute = np.abs(answer.astype(expected.dtype) - expected)
    excess = np.maximum(absolute - limits.tiny, 0)  # the core flushes subnormal numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        units = np.where(excess == 0, 0, excess / (limits.eps / 2 * magnitude))
    return Difference(result, method, float(np.max(absolute, initial=0)), float(np.max(units, initial=0)))


SHAPES = {
    "one pixel": ConvShape((3, 1, 1, 1), (1, 1, 1, 1)),
    "first layer of LeNet-5": ConvShape((2, 28, 28, 1), (5, 5, 1, 6), padding="same"),
    "second layer of LeNet-5": ConvShape((2, 14, 14, 6), (5, 5, 6, 16)),
    "pointwise": ConvShape((2, 7, 9, 33), (1, 1, 33, 17)),
    "pointwise, strides": ConvShape((2, 7, 9, 19), (1, 1, 19, 33), strides=(2, 3)),
    "3x3, same": ConvShape((2, 9, 8, 17), (3, 3, 17, 33), padding="same"),
    "even kernel, same": ConvShape((2, 7, 8, 3), (2, 4, 3, 5), padding="same"),
    "full": ConvShape((2, 5, 7, 3), (3, 2, 3, 5), padding="full"),
    "kernel over image, full": ConvShape((2, 3, 2, 4), (5, 7, 4, 3), padding="full"),
    "pairs": ConvShape((2, 5, 7, 3), (3, 4, 3, 5), padding=((1, 2), (0, 3))),
    "padding wider than kernel": ConvShape((2, 5, 3, 4), (2, 3, 4, 5), padding=((4, 0), (3, 5))),
    "strides, same": ConvShape((2, 8, 9, 3), (3, 5, 3, 6), strides=2, padding="same"),
    "strides leave a rest": ConvShape((2, 10, 12, 3), (3, 4, 3, 5), strides=(4, 5)),
    "strides over kernel": ConvShape((2, 11, 13, 3), (2, 3, 3, 5), strides=(5, 7)),
    "dilation": ConvShape((2, 11, 13, 3), (3, 2, 3, 5), dilation_rate=(2, 5)),
    "dilation and strides": ConvShape((2, 13, 11, 3), (3, 2, 3, 5), strides=(3, 2), dilation_rate=(2, 3)),
    "groups": ConvShape((2, 7, 5, 6), (3, 2, 3, 10), padding="same"),
    "groups, strides": ConvShape((2, 7, 5, 51), (3, 3, 17, 57), strides=(1, 2), padding="same"),
    "depthwise": ConvShape((2, 7, 5, 13), (3, 3, 1, 26), padding="same"),
    "many channels": ConvShape((1, 4, 4, 257), (3, 3, 257, 5)),
    "1D, causal": ConvShape((2, 13, 3), (4, 3, 5), padding="causal", dilation_rate=2),
    "1D, groups, strides": ConvShape((2, 14, 6), (3, 3, 8), strides=4, padding="same"),
    "3D, groups, strides": ConvShape((2, 5, 4, 7, 6), (3, 2, 3, 3, 4), strides=(2, 1, 3), padding="same"),
    "3D, pairs, dilation": ConvShape(
        (1, 5, 4, 6, 3), (2, 3, 2, 3, 4), padding=((1, 0), (2, 3), (0, 1)), dilation_rate=(2, 1, 3)
    ),
}
