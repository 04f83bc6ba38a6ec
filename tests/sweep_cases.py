"""The sweep's random cases: an operation, shapes, options and data, with the oracle's answers.

Half of the cases hold small integers, whose sums are exact in float32 in any order: there the answer must be equal (the
idea is oneDNN's). A case is a function of (seed, number).
"""

from dataclasses import dataclass

import numpy as np

from pycnn import ops
from tests import reference, sweep_activations, sweep_noise
from tests.checks import error_ratio

NORMALIZATIONS = {"group_norm": 2, "instance_norm": 2, "layer_norm": 2, "rms_norm": 1, "unit_norm": 0}  # parameters
# Operations whose last arguments are kernels, which have no batch axis.
KERNELS = {"conv": 1, "conv_transpose": 1, "depthwise_conv": 1, "separable_conv": 2}
LINEAR = {*KERNELS, "dense", "resize", "rescale"}
TRANSCENDENTAL = {"sigmoid", "tanh", "softmax", "log_softmax", "lrn"} | {
    f"{kind}_crossentropy" for kind in ("sparse_categorical", "categorical", "binary")
}
INEXACT = TRANSCENDENTAL | set(NORMALIZATIONS) | set(sweep_noise.INEXACT)
INEXACT |= {"batch_normalization", "batch_normalization_training"}
CONV_SHARE = 0.3


class Draw:
    """The random choices of one case."""

    def __init__(self, rng, exact):
        self.rng, self.exact = rng, exact
        self.dtype = self.pick(np.float32, np.float32, np.float64)

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def batch(self):
        return self.pick(0, 1, 1, 2, 3, 5)

    def extents(self, count, *choices):
        """Different sizes for the axes, so that no swapped pair goes unnoticed; also one pixel."""
        if self.rng.random() < 0.1:
            return [1] * count
        return [int(size) for size in self.rng.choice(choices, count, replace=False)]

    def channels(self):
        return self.pick(1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 19)

    def filters(self):
        return self.pick(1, 2, 3, 5, 6, 8, 15, 16, 17, 31, 33, 47, 64, 65, 79)

    def values(self, *shape):
        if self.exact:
            return self.rng.integers(-3, 4, shape).astype(self.dtype)
        scale = self.pick(1.0, 1.0, 1e-6, 1e6)
        if self.rng.random() < 0.3:
            return (scale * self.rng.uniform(0.1, 1.0, shape)).astype(self.dtype)
        return (scale * self.rng.normal(size=shape)).astype(self.dtype)

    def padding(self, spans, *more):
        """A name, a number or pairs, also wider than the window."""
        pairs = tuple(tuple(int(side) for side in self.rng.integers(0, span + 3, 2)) for span in spans)
        return self.pick("valid", "same", self.pick(1, 2, 4), pairs, *more)


@dataclass
class Comparison:
    """One call of pycnn.ops and the oracle's answer: a tuple of arrays each."""

    name: str
    arguments: tuple
    options: dict
    expected: tuple
    magnitude: tuple | None  # None: the answer must be equal

    def run(self):
        """pycnn's answer. Images are turned to channels-first and back where the options say so."""
        arrays = list(self.arguments)
        if self.options.get("data_format") != "channels_first":
            return as_tuple(getattr(ops, self.name)(*arrays, **self.options))
        images = len(arrays) - KERNELS.get(self.name.removesuffix("_grad"), 0)
        arrays[:images] = [np.moveaxis(array, -1, 1) for array in arrays[:images]]
        first, *others = as_tuple(getattr(ops, self.name)(*arrays, **self.options))
        return (np.moveaxis(first, 1, -1), *others)

    def worst(self, answers):
        """The largest error ratio; where equality is asked, 0 or infinity."""
        dtype = next(array.dtype for array in reversed(self.arguments) if array.dtype.kind == "f")
        for answer, expected in zip(answers, self.expected, strict=True):
            if answer.dtype != (dtype if np.asarray(expected).dtype.kind == "f" else np.int64):
                return np.inf
        if self.magnitude is None:
            same = all(np.array_equal(*pair) for pair in zip(answers, self.expected, strict=True))
            return 0.0 if same else np.inf
        return max(error_ratio(*parts) for parts in zip(answers, self.expected, self.magnitude, strict=True))


def as_tuple(answers):
    return answers if isinstance(answers, tuple) else (answers,)


def comparison(name, arguments, options, exact, given=None):
    """`given` are pycnn's own options (algorithm, data_format, a seed) instead of or besides the oracle's."""
    oracle = getattr(reference, name)
    expected = as_tuple(oracle(*arguments, **options))
    own = getattr(reference, name + "_magnitude", None)
    magnitude = None
    if not exact:
        if own:
            magnitude = own(*arguments, **options)
        elif name.removesuffix("_grad") in LINEAR:
            magnitude = reference.magnitude(oracle, *arguments, **options)
        else:
            magnitude = tuple(np.abs(part) for part in expected)
        magnitude = as_tuple(magnitude)
    return Comparison(name, arguments, options if given is None else given, expected, magnitude)


def both(draw, name, arguments, options, given=None):
    """Forward and gradient."""
    forward = comparison(name, arguments, options, draw.exact, given)
    dy = draw.values(*forward.expected[0].shape)
    return [forward, comparison(name + "_grad", (dy, *arguments), options, draw.exact, given)]


def conv(draw, name):
    rank = draw.pick(1, 2, 2, 2, 3)
    kernel_size = draw.extents(rank, 1, 2, 3, 4, 5, 7) if rank < 3 else draw.extents(3, 1, 2, 3)
    dilation_rate = tuple(draw.pick(1, 1, 1, 2, 3) for _ in range(rank))
    strides = tuple(draw.pick(1, 1, 2, 3, 4) for _ in range(rank))
    winograd = name == "conv" and rank == 2 and draw.pick(True, False, False)
    if winograd:
        kernel_size, dilation_rate, strides = (3, 3), (1, 1), (1, 1)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel_size, dilation_rate, strict=True)]
    padding = draw.padding(spans, "full", "valid", "same", *(["causal"] if rank == 1 else []))
    extents = draw.extents(rank, 1, 2, 3, 5, 7, 8, 11, 13, 17) if rank < 3 else draw.extents(3, 1, 2, 3, 5, 7)
    while min(reference.output_size(extents, kernel_size, strides, padding, dilation_rate)) < 1:
        extents = [n + 2 for n in extents]
    channels, filters = draw.channels(), draw.filters()
    if name == "conv":
        groups = draw.pick(1, 1, 1, 2, 3)
        kernels = [draw.values(*kernel_size, channels, groups * filters)]
        channels, filters = groups * channels, groups * filters
    else:
        multiplier = draw.pick(1, 1, 2, 3, 5)
        kernels = [draw.values(*kernel_size, channels, multiplier)]
        if name == "separable_conv":
            kernels.append(draw.values(*(1,) * rank, channels * multiplier, filters))
        else:
            filters = channels * multiplier
    x = draw.values(draw.batch(), *extents, channels)
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    if draw.pick(True, False):
        options["bias"] = draw.values(filters)
    pair = both(draw, name, (x, *kernels), options)
    data_format = draw.pick("channels_last", "channels_last", "channels_first")

    def by(algorithm, part, magnitude):
        given = options | {"algorithm": algorithm, "data_format": data_format}
        return Comparison(part.name, part.arguments, given, part.expected, magnitude)

    calls = [by(algorithm, part, part.magnitude) for part in pair for algorithm in ("auto", "direct", "gemm")]
    for part in pair if winograd else ():
        own = getattr(reference, f"winograd_{part.name}_magnitude")
        calls.append(by("winograd", part, None if draw.exact else as_tuple(own(*part.arguments, **options))))
    return calls


def conv_transpose(draw):
    groups = draw.pick(1, 1, 1, 2, 3)
    kernel_size = draw.extents(2, 1, 2, 3, 4, 5)
    dilation_rate = (draw.pick(1, 1, 2, 3), draw.pick(1, 1, 2))
    strides = (draw.pick(1, 2, 2, 3, 5), draw.pick(1, 2, 2, 4))
    padding = draw.pick("valid", "same", ((1, 0), (0, 1)))
    extents = draw.extents(2, 2, 3, 4, 5, 7, 11)
    if padding not in ("valid", "same"):
        kernel_size = [max(size, 2) for size in kernel_size]  # or nothing would be left of one pixel
    extra = draw.pick(None, None, tuple(int(draw.rng.integers(stride)) for stride in strides))
    if extra and padding == "same":
        extents = [max(size, 2) for size in extents]
    x = draw.values(draw.batch(), *extents, groups * draw.channels())
    kernel = draw.values(*kernel_size, draw.filters(), x.shape[-1])
    options = {"strides": strides, "padding": padding, "output_padding": extra, "dilation_rate": dilation_rate}
    options["groups"] = groups
    if draw.pick(True, False):
        options["bias"] = draw.values(groups * kernel.shape[-2])
    return [
        Comparison(part.name, part.arguments, options | {"algorithm": algorithm}, part.expected, part.magnitude)
        for part in both(draw, "conv_transpose", (x, kernel), options)
        for algorithm in ("auto", "direct", "gemm")
    ]


def dense(draw):
    rows = draw.pick((draw.batch(),), (draw.batch(),), (2, 3), (37,))
    channels, filters = draw.pick(1, 5, 16, 67, 120, 400), draw.filters()
    options = {"bias": draw.values(filters)} if draw.pick(True, False) else {}
    return both(draw, "dense", (draw.values(*rows, channels), draw.values(channels, filters)), options)


def activation(draw, name):
    shape = draw.pick((0, 3), (1,), (7, 5), (3, 4, 5, 7), (133,), (17, 16))
    x = draw.values(*shape) * draw.pick(1, 1, 4, 20)
    return both(draw, name, (x.astype(draw.dtype),), {})


def other_activation(draw):
    name, x, options = sweep_activations.activation(draw)
    return both(draw, name, (x,), options)


def prelu(draw):
    x = draw.values(draw.batch(), *draw.extents(draw.pick(0, 1, 2, 3), 1, 2, 3, 5, 8, 11), draw.channels())
    alpha = draw.values(*(size if draw.rng.random() < 0.6 else 1 for size in x.shape[1:]))
    return both(draw, "prelu", (x, alpha), {})


def softmax(draw, name):
    shape = draw.pick((0, 3), (1, 1), (7, 5), (3, 4, 5), (5, 133), (2, 3, 17))
    x = draw.rng.normal(size=shape) * draw.pick(0.1, 1, 10)
    axis = draw.pick(-1, -1, 0, 1) if shape[0] else 1
    return both(draw, name, (x.astype(draw.dtype),), {"axis": axis})


def lrn(draw):
    x = draw.values(draw.batch(), *draw.extents(draw.pick(1, 2, 2, 3), 1, 2, 3, 5, 8, 11), draw.channels())
    options = {
        "size": draw.pick(1, 2, 3, 4, 5, 6, 9, 16),
        "alpha": draw.pick(1e-4, 0.3, 1.0),
        "beta": draw.pick(0.75, 0.75, 0.5, 1.0, float(draw.rng.uniform(-0.5, 1.25))),
        "bias": draw.pick(2.0, 1.0, 1e-3),
        "mode": draw.pick("across_channels", "within_channel"),
        "alpha_divided_by_size": draw.pick(True, False),
    }
    given = options | {"data_format": draw.pick("channels_last", "channels_last", "channels_first")}
    return both(draw, "lrn", (x,), options, given)


def normalization(draw, name):
    groups, channels = draw.pick(1, 2, 3, 8), draw.pick(1, 2, 4, 5, 16, 19, 33)
    extents = draw.pick((), (1,), (7,), (67,), (4, 5), (13, 11), (2, 3, 4))
    x = draw.values(draw.batch(), *extents, groups * channels) + draw.dtype(draw.pick(0, 0, 2))
    axes, options = 1, {"epsilon": draw.pick(1e-6, 1e-3, 0.5)}
    if name == "group_norm":
        options["groups"] = draw.pick(groups, groups, -1, 1)
    elif name != "instance_norm":
        axes = draw.pick(1, 1, x.ndim - 1)
        options["axis"] = tuple(range(-axes, 0))
    count = draw.pick(0, NORMALIZATIONS[name])
    return both(draw, name, (x, *(draw.values(*x.shape[x.ndim - axes :]) for _ in range(count))), options)


def batch_normalization(draw, name):
    extents = draw.pick((), (1,), (7,), (67,), (4, 5), (13, 11), (2, 3, 4))
    shape = draw.pick(1, 2, 3, 5, 71), *extents, draw.pick(1, 3, 4, 16, 17, 33, 70)
    x = draw.values(*shape) + draw.dtype(draw.pick(0, 2))
    axis = draw.pick(-1, -1, 1, x.ndim - 1)
    options = {"axis": axis, "epsilon": draw.pick(1e-6, 1e-3, 0.5)}
    options |= {argument: draw.values(x.shape[axis]) for argument in ("offset", "scale") if draw.pick(True, False)}
    if name == "batch_normalization_training":
        return both(draw, name, (x,), options)
    variance = draw.rng.uniform(0.1, 2, x.shape[axis]).astype(draw.dtype)
    return both(draw, name, (x, draw.values(x.shape[axis]), variance), options)


def resize(draw):
    extents = draw.extents(2, 1, 2, 3, 5, 8, 11, 13)
    choices = (1, 2, 4, 8, 16, 32) if draw.exact else (1, 2, 3, 7, 12, 13, 29)
    x = draw.values(draw.batch(), *extents, draw.pick(1, 3, 16, 19))
    options = {"size": tuple(draw.extents(2, *choices)), "interpolation": draw.pick("bilinear", "nearest")}
    if not draw.exact:
        options["coordinates"] = draw.pick("half_pixel", "align_corners", "asymmetric")
    given = options | {"data_format": draw.pick("channels_last", "channels_first")}
    return both(draw, "resize", (x,), options, given)


def rescale(draw):
    x = draw.values(*draw.pick((0, 3), (7, 5), (2, 5, 7, 3)))
    scale, offset = draw.pick((0.25, -2.0), (-8.0, 3.0)) if draw.exact else tuple(draw.rng.normal(size=2))
    return both(draw, "rescale", (x,), {"scale": float(scale), "offset": float(offset)})


def block(draw, name):
    size, channels = draw.pick(1, 2, 3, 4), draw.channels()
    extents = draw.extents(2, 1, 2, 3, 5, 8)
    shape = [n * size for n in extents] + [channels] if name == "space_to_depth" else [*extents, channels * size**2]
    options = {"block_size": size, "mode": draw.pick("DCR", "CRD")}
    given = options | {"data_format": draw.pick("channels_last", "channels_first")}
    return both(draw, name, (draw.values(draw.batch(), *shape),), options, given)


def noise(draw, name):
    return both(draw, *sweep_noise.noise(draw, name))


def loss(draw, name):
    rows = draw.pick((1,), (8,), (64,), (2, 4), *([] if draw.exact else [(3,), (5, 7), (300,)]))
    classes = draw.pick(1, 2, 8, *([] if draw.exact else [3, 10, 17, 100]))
    options, target = {}, draw.values(*rows, classes)
    output = draw.values(*rows, classes)
    if not name.startswith("mean_"):
        options["from_logits"] = draw.pick(True, False)
        target = draw.rng.dirichlet(np.ones(classes), rows) if draw.pick(True, False) else draw.rng.random(output.shape)
        logits = draw.rng.normal(size=output.shape) * draw.pick(0.1, 1, 5)
        output = logits if options["from_logits"] else 1e-3 + 0.998 * reference.sigmoid(logits)
    if name == "sparse_categorical_crossentropy":
        target = draw.rng.integers(0, classes, rows)
    else:
        target = target.astype(draw.dtype)
    arguments = target, output.astype(draw.dtype)
    return [comparison(name + end, arguments, options, draw.exact) for end in ("", "_grad")]


BUILDERS = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "depthwise_conv": conv,
    "separable_conv": conv,
    "dense": dense,
    "activation": other_activation,
    "prelu": prelu,
    "relu": activation,
    "sigmoid": activation,
    "tanh": activation,
    "softmax": softmax,
    "log_softmax": softmax,
    "lrn": lrn,
    **dict.fromkeys(NORMALIZATIONS, normalization),
    "batch_normalization": batch_normalization,
    "batch_normalization_training": batch_normalization,
    "resize": resize,
    "rescale": rescale,
    "space_to_depth": block,
    "depth_to_space": block,
    **dict.fromkeys(sweep_noise.NAMES, noise),
    "sparse_categorical_crossentropy": loss,
    "categorical_crossentropy": loss,
    "binary_crossentropy": loss,
    "mean_squared_error": loss,
    "mean_absolute_error": loss,
}


def build(names, seed, number):
    """The operation of a case and its comparisons. Odd numbers are the exact cases."""
    rng = np.random.default_rng([seed, number])
    exact_names = [name for name in names if name not in INEXACT]
    draw = Draw(rng, exact=bool(number % 2 and exact_names))
    candidates = exact_names if draw.exact else names
    name = "conv" if "conv" in names and rng.random() < CONV_SHARE else draw.pick(*candidates)
    builder = BUILDERS[name]
    shared = builder.__code__.co_argcount == 2  # by several operations
    return name, builder(draw, name) if shared else builder(draw)
