"""One small valid call of every operation; `bad_calls_arguments` spoils the arguments one at a time.

A row of FORWARD holds the shapes of the arrays by argument name, the options, and the shape of the output: the call of
the gradient is the same with a `dy` of that shape in front.
"""

from functools import partial

import numpy as np

from pycnn import ops

IMAGES, OUTPUT = (2, 5, 7, 6), (2, 3, 6, 4)
ELEMENTWISE = (
    "celu",
    "elu",
    "exp",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
)
MERGES = ("add", "maximum", "minimum", "multiply", "subtract")
LOSSES = ("binary_crossentropy", "categorical_crossentropy", "mean_absolute_error", "mean_squared_error")

# operation: (shapes of its arrays, options, shape of the output)
FORWARD = {
    "adaptive_average_pool": ({"inputs": IMAGES}, {"output_size": 3}, (2, 3, 3, 6)),
    "adaptive_max_pool": ({"inputs": IMAGES}, {"output_size": (2, 3)}, (2, 2, 3, 6)),
    "alpha_dropout": ({"inputs": IMAGES}, {"rate": 0.5, "seed": 1}, IMAGES),
    "average_pool": ({"inputs": IMAGES}, {"pool_size": 2}, (2, 2, 3, 6)),
    "batch_normalization": (
        {"x": IMAGES, "mean": (6,), "variance": (6,), "offset": (6,), "scale": (6,)},
        {"axis": -1},
        IMAGES,
    ),
    "batch_normalization_training": ({"x": IMAGES, "offset": (6,), "scale": (6,)}, {"axis": -1}, IMAGES),
    "conv": ({"inputs": IMAGES, "kernel": (3, 2, 6, 4), "bias": (4,)}, {}, OUTPUT),
    "conv_transpose": ({"inputs": IMAGES, "kernel": (3, 2, 4, 6), "bias": (4,)}, {}, (2, 7, 8, 4)),
    "dense": ({"inputs": (5, 6), "kernel": (6, 4), "bias": (4,)}, {}, (5, 4)),
    "depth_to_space": ({"x": (2, 5, 7, 8)}, {"block_size": 2}, (2, 10, 14, 2)),
    "depthwise_conv": ({"inputs": IMAGES, "kernel": (3, 2, 6, 4), "bias": (24,)}, {}, (2, 3, 6, 24)),
    "dropout": ({"inputs": IMAGES}, {"rate": 0.5, "seed": 1}, IMAGES),
    "extract_patches": ({"images": IMAGES}, {"size": 2}, (2, 2, 3, 24)),
    "flatten": ({"x": IMAGES}, {}, (2, 210)),
    "gaussian_dropout": ({"inputs": IMAGES}, {"rate": 0.5, "seed": 1}, IMAGES),
    "gaussian_noise": ({"inputs": IMAGES}, {"stddev": 0.5, "seed": 1}, IMAGES),
    "group_norm": ({"inputs": IMAGES, "gamma": (6,), "beta": (6,)}, {"groups": 2}, IMAGES),
    "instance_norm": ({"inputs": IMAGES, "gamma": (6,), "beta": (6,)}, {}, IMAGES),
    "layer_norm": ({"inputs": IMAGES, "gamma": (6,), "beta": (6,)}, {}, IMAGES),
    "log_softmax": ({"x": IMAGES}, {}, IMAGES),
    "lp_pool": ({"inputs": IMAGES}, {"pool_size": 2}, (2, 2, 3, 6)),
    "lrn": ({"inputs": IMAGES}, {}, IMAGES),
    "max_pool": ({"inputs": IMAGES}, {"pool_size": 2}, (2, 2, 3, 6)),
    "pad": ({"x": IMAGES}, {"pad_width": ((0, 0), (1, 2), (3, -1), (0, 0)), "mode": "edge"}, (2, 8, 9, 6)),
    "prelu": ({"x": IMAGES, "alpha": (1, 1, 6)}, {}, IMAGES),
    "rescale": ({"inputs": IMAGES}, {"scale": 2.0}, IMAGES),
    "reshape": ({"x": IMAGES}, {"newshape": (2, 210)}, (2, 210)),
    "resize": ({"inputs": IMAGES}, {"size": (3, 4)}, (2, 3, 4, 6)),
    "rms_norm": ({"inputs": IMAGES, "gamma": (6,)}, {}, IMAGES),
    "separable_conv": (
        {"inputs": IMAGES, "depthwise_kernel": (3, 2, 6, 2), "pointwise_kernel": (1, 1, 12, 4), "bias": (4,)},
        {},
        OUTPUT,
    ),
    "softmax": ({"x": IMAGES}, {}, IMAGES),
    "space_to_depth": ({"x": (2, 4, 6, 3)}, {"block_size": 2}, (2, 2, 3, 12)),
    "transpose": ({"x": IMAGES}, {}, IMAGES[::-1]),
    "spatial_dropout": ({"inputs": IMAGES}, {"rate": 0.5, "seed": 1}, IMAGES),
    "unit_norm": ({"inputs": IMAGES}, {}, IMAGES),
    "upsample": ({"inputs": IMAGES}, {}, (2, 10, 14, 6)),
    **{name: ({"x": IMAGES}, {}, IMAGES) for name in ELEMENTWISE},
    **{name: ({"x1": IMAGES, "x2": IMAGES}, {}, IMAGES) for name in MERGES},
}
# Axes along which the first array may have no elements, where that is not just the first, the samples.
EVERY = (0, 1, 2, 3)
EMPTY = {
    "batch_normalization": (0, 1, 2),
    "batch_normalization_training": (),
    **dict.fromkeys(("adaptive_average_pool", "adaptive_max_pool", "average_pool", "lp_pool"), (0, 3)),
    **dict.fromkeys(("max_pool", "max_pool_with_indices", "max_unpool", "pad", "resize"), (0, 3)),
    **dict.fromkeys(
        ("dropout", "flatten", "flip_kernel", "log_softmax", "rescale", "softmax", "transpose", "unit_norm"), EVERY
    ),
    **dict.fromkeys(("alpha_dropout", "gaussian_dropout", "gaussian_noise", "spatial_dropout"), EVERY),
    **dict.fromkeys(("layer_norm", "rms_norm"), (0, 1, 2)),
    **dict.fromkeys(ELEMENTWISE, EVERY),
    **dict.fromkeys(MERGES, ()),
    "prelu": (0, 1, 2),
    "reshape": (),
}
# The gradients that do not take the options of the operation.
WITHOUT_OPTIONS = ("reshape",)


def array(shape):
    """Positive values below 1 that are all different."""
    count = int(np.prod(shape))
    return (np.arange(1, count + 1, dtype=np.float32) / (count + 1)).reshape(shape)


def calls():
    """operation: (arrays by name, options)."""
    for name, (shapes, options, output) in FORWARD.items():
        yield name, ({key: array(shape) for key, shape in shapes.items()}, options)
        options = {} if name in WITHOUT_OPTIONS else options
        yield f"{name}_grad", ({"dy": array(output)} | {key: array(shape) for key, shape in shapes.items()}, options)
    for name in LOSSES:
        for function in (name, f"{name}_grad"):
            yield function, ({"target": array((5, 6)), "output": array((5, 6))}, {})
    for function in ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy_grad"):
        yield function, ({"target": np.arange(5), "output": array((5, 6))}, {})
    yield "max_pool_with_indices", ({"inputs": array(IMAGES)}, {"pool_size": 2})
    pooled = {"inputs": array((2, 2, 3, 6)), "indices": np.arange(72).reshape(2, 2, 3, 6) % 35}
    yield "max_unpool", (pooled, {"output_size": (5, 7)})
    yield "max_unpool_grad", ({"dy": array(IMAGES)} | pooled, {"output_size": (5, 7)})
    parts = {"xs": [array(IMAGES), array(IMAGES)], "axis": -1}
    yield "concatenate", ({}, parts)
    yield "concatenate_grad", ({"dy": array((2, 5, 7, 12))}, parts)
    yield "flip_kernel", ({"kernel": array((3, 2, 6, 4))}, {})
    yield "conv_matrix", ({"kernel": array((3, 2, 6, 4))}, {"input_shape": IMAGES[1:]})


CALLS = dict(calls())


def call(operation, **changes):
    """The valid call of an operation with some arguments changed."""
    arrays, options = CALLS[operation]
    return partial(getattr(ops, operation), **{**arrays, **options, **changes})
