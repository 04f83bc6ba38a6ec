"""Calls of pycnn.ops that must be refused: one row each, in `BAD`; test_bad_calls makes them."""

import numpy as np
import pytest

from pycnn import ops

X = np.linspace(-1, 1, 2 * 5 * 7 * 6, dtype=np.float32).reshape(2, 5, 7, 6)
K = np.linspace(-1, 1, 3 * 2 * 6 * 4, dtype=np.float32).reshape(3, 2, 6, 4)
DY = np.ones((2, 3, 6, 4), np.float32)
B = np.zeros(4, np.float32)
POINTWISE = np.ones((1, 1, 24, 2), np.float32)
ROWS, MATRIX, CLASSES = X.reshape(70, 6), K.reshape(36, 4)[:6], np.arange(70) % 6
BIG = 2**62

STRANGE = {
    "object": np.array([None, 1.0], object),
    "numbers as objects": X.astype(object),
    "str": np.array(["1", "2"]),
    "bytes": np.array([b"1", b"2"]),
    "complex": X.astype(np.complex64),
    "datetime": np.array(["2020-01-01"], "datetime64[D]"),
    "timedelta": np.array([1], "timedelta64[s]"),
    "void": np.zeros(3, "V4"),
    "record": np.zeros(3, [("a", "f4")]),
    "None": None,
    "a string": "images",
    "a dictionary": {"x": 1},
    "a function": len,
}
NOT_SIZES = {
    "0": 0,
    "-1": -1,
    "-2**62": -BIG,
    "2**63": 2**63,
    "2**100": 2**100,
    "1.5": 1.5,
    "nan": float("nan"),
    "str": "2",
    "None in a pair": (1, None),
    "bool": True,
    "array": np.ones(2),
    "three": (1, 1, 1),
    "one": (1,),
    "empty": (),
    "zero in a pair": (1, 0),
    "nested": ((1, 1), (1, 1)),
}


def conv_with(**options):
    return lambda: ops.conv(X, K, **options)


def pool_with(operation, **options):
    return lambda: getattr(ops, operation)(X, **{"pool_size": 2, **options})


# (what, operation, argument, error, call)
BAD = []


def refuse(what, operation, argument, call, error=ValueError):
    BAD.append(pytest.param(operation, argument, error, call, id=f"{operation}: {argument}: {what}"))


for what, value in STRANGE.items():
    refuse(what, "conv", "inputs", lambda value=value: ops.conv(value, K), TypeError)
    refuse(what, "max_pool", "inputs", lambda value=value: ops.max_pool(value, 2), TypeError)
    refuse(what, "relu", "x", lambda value=value: ops.relu(value), TypeError)
    refuse(what, "dense", "kernel", lambda value=value: ops.dense(ROWS, np.array(value)), TypeError)
    refuse(what, "mean_squared_error", "output", lambda value=value: ops.mean_squared_error(X, value), TypeError)
for name, call in {
    "conv": lambda x: ops.conv(x, K),
    "conv_grad": lambda x: ops.conv_grad(DY, x, K),
    "depthwise_conv": lambda x: ops.depthwise_conv(x, K),
    "separable_conv": lambda x: ops.separable_conv(x, K, POINTWISE),
    "max_pool": lambda x: ops.max_pool(x, 2),
    "average_pool": lambda x: ops.average_pool(x, 2),
    "max_pool_grad": lambda x: ops.max_pool_grad(DY, x, 2),
    "average_pool_grad": lambda x: ops.average_pool_grad(DY, x, 2),
    "resize": lambda x: ops.resize(x, (3, 3)),
    "resize_grad": lambda x: ops.resize_grad(np.ones((2, 3, 4, 6)), x, (3, 4)),
}.items():
    refuse("number", name, "inputs", lambda call=call: call(1.0))
    refuse("two axes", name, "inputs", lambda call=call: call(ROWS))
    if "pool" not in name:  # which takes a sequence as it takes an image
        refuse("three axes", name, "inputs", lambda call=call: call(X[0]))
    refuse("six axes", name, "inputs", lambda call=call: call(X[None, None]))
    refuse("no rows", name, "inputs?", lambda call=call: call(X[:, :0]))
    refuse("no columns", name, "inputs?", lambda call=call: call(X[:, :, :0]))
    refuse("ragged", name, "inputs", lambda call=call: call([[1.0], [1.0, 2.0]]))

refuse("two axes", "conv", "kernel", lambda: ops.conv(X, MATRIX))
refuse("five axes", "conv", "kernel", lambda: ops.conv(X, K[None]))
refuse("no channels", "conv", "kernel|inputs?", lambda: ops.conv(X[..., :0], K))
refuse("no channels anywhere", "conv", "kernel", lambda: ops.conv(X[..., :0], K[:, :, :0]))
refuse("no channels", "conv_grad", "kernel|inputs?", lambda: ops.conv_grad(DY, X[..., :0], K))
refuse("no taps", "conv", "kernel", lambda: ops.conv(X, K[:0]))
refuse("no columns", "conv", "kernel", lambda: ops.conv(X, K[:, :0]))
refuse("no channels", "conv", "kernel", lambda: ops.conv(X, K[:, :, :0]))
refuse("no filters", "conv", "kernel", lambda: ops.conv(X, K[..., :0]))
refuse("other channels", "conv", "kernel", lambda: ops.conv(X, K[:, :, :5]))
refuse("more channels than the input", "conv", "kernel", lambda: ops.conv(X[..., :3], K))
refuse("filters not divided by the groups", "conv", "filters|kernel", lambda: ops.conv(X, K[:, :, :2]))
refuse("larger than the image", "conv", "kernel", lambda: ops.conv(X[:, :2], K))
refuse("huge and empty", "conv", "kernel", lambda: ops.conv(X, np.zeros((2**40, 0, 6, 4), np.float32)))
refuse("object", "conv", "kernel", lambda: ops.conv(X, K.astype(object)), TypeError)
refuse("str", "conv", "bias", lambda: ops.conv(X, K, bias=["a"] * 4), TypeError)
refuse("two axes", "conv", "bias", lambda: ops.conv(X, K, bias=B[None]))
refuse("other length", "conv", "bias", lambda: ops.conv(X, K, bias=B[:3]))
refuse("number", "conv", "bias", lambda: ops.conv(X, K, bias=1.0))
refuse("other length", "conv_grad", "bias", lambda: ops.conv_grad(DY, X, K, bias=B[:3]))
refuse("sequence", "conv", "inputs|kernel", lambda: ops.conv(X[0], K))
refuse("causal, volume", "conv", "padding", lambda: ops.conv(X[None], K[None], padding="causal"))
refuse("causal, sequence", "max_pool", "padding", lambda: ops.max_pool(X[0], 2, padding="causal"))
refuse("two sizes", "max_pool", "pool_size", lambda: ops.max_pool(X[0], (2, 2)))
for name, call in {
    "depthwise_conv": ops.depthwise_conv,
    "depthwise_conv_grad": lambda x, kernel, **options: ops.depthwise_conv_grad(
        np.ones((2, 3, 6, 24)), x, kernel, **options
    ),
    "separable_conv": lambda x, kernel, **options: ops.separable_conv(x, kernel, POINTWISE, **options),
    "separable_conv_grad": lambda x, kernel, **options: ops.separable_conv_grad(
        DY[..., :2], x, kernel, POINTWISE, **options
    ),
}.items():
    for what, kernel in {
        "three axes": MATRIX[None],
        "no taps": K[:0],
        "no channels": K[:, :, :0],
        "no filters": K[..., :0],
        "other channels": K[:, :, :5],
        "larger than the image": np.ones((6, 2, 6, 4)),
    }.items():
        refuse(what, name, "(depthwise_)?kernel|kernel_size", lambda call=call, kernel=kernel: call(X, kernel))
    refuse("no channels", name, "(depthwise_)?kernel", lambda call=call: call(X[..., :0], K))
    refuse("object", name, "(depthwise_)?kernel", lambda call=call: call(X, K.astype(object)), TypeError)
    refuse("other length", name, "bias", lambda call=call: call(X, K, bias=B[:3]))
    for option, value in {
        "strides": 0,
        "dilation_rate": (1, 0),
        "padding": "causal",
        "data_format": "NCHW",
        "algorithm": "fft",
    }.items():
        refuse(str(value), name, option, lambda call=call, option=option, value=value: call(X, K, **{option: value}))
for what, kernel in {
    "three axes": POINTWISE[0],
    "not one pixel": np.ones((2, 1, 24, 2)),
    "other channels": POINTWISE[:, :, :23],
    "no filters": POINTWISE[..., :0],
}.items():
    refuse(what, "separable_conv", "pointwise_kernel", lambda kernel=kernel: ops.separable_conv(X, K, kernel))
for what, value in NOT_SIZES.items():
    refuse(what, "conv", "strides", conv_with(strides=value))
    refuse(what, "conv", "dilation_rate", conv_with(dilation_rate=value))
    refuse(what, "max_pool", "pool_size", pool_with("max_pool", pool_size=value))
    refuse(what, "average_pool", "pool_size", pool_with("average_pool", pool_size=value))
    refuse(what, "max_pool", "strides", pool_with("max_pool", strides=value))
    refuse(what, "average_pool", "strides", pool_with("average_pool", strides=value))
    refuse(what, "resize", "size", lambda value=value: ops.resize(X, value))
for what, value in {"2**61": 2**61, "2**62": BIG, "2**63 - 1": 2**63 - 1, "one of two": (1, BIG)}.items():
    refuse(what, "conv", "strides", conv_with(strides=value))
    refuse(what, "conv", "dilation_rate", conv_with(dilation_rate=value))
    refuse(what, "conv, same", "dilation_rate", conv_with(dilation_rate=value, padding="same"))
    refuse(what, "conv, full", "dilation_rate", conv_with(dilation_rate=value, padding="full"))
    refuse(what, "conv", "padding", conv_with(padding=((value, 0), (0, 0)) if isinstance(value, int) else value))
    refuse(what, "max_pool", "pool_size", pool_with("max_pool", pool_size=value))
    refuse(what, "max_pool", "strides", pool_with("max_pool", strides=value))
    refuse(what, "average_pool", "padding", pool_with("average_pool", padding=value))
refuse("window larger than the image", "conv", "dilation_rate", conv_with(dilation_rate=3))
refuse("one past the limit", "conv", "dilation_rate", conv_with(dilation_rate=2**30, padding=2**28))
for what, value in {
    "unknown": "reflect",
    "empty": "",
    "causal": "causal",
    "number as a string": "1",
    "float": 1.5,
    "None": None,
    "negative": -1,
    "negative side": ((0, -1), (0, 0)),
    "one pair": ((1, 1),),
    "three pairs": ((1, 1),) * 3,
    "three sides": ((1, 1, 1), (1, 1, 1)),
    "flat": (1, 1),
    "floats": ((0.5, 0), (0, 0)),
    "strings": (("1", "1"), ("1", "1")),
    "2**63": 2**63,
}.items():
    refuse(what, "conv", "padding", conv_with(padding=value))
    refuse(what, "max_pool", "padding", pool_with("max_pool", padding=value))
refuse("full", "max_pool", "padding", pool_with("max_pool", padding="full"))
refuse("full", "average_pool", "padding", pool_with("average_pool", padding="full"))
refuse("as wide as the window", "max_pool", "padding", pool_with("max_pool", padding=2))
refuse("as wide as the window", "average_pool", "padding", pool_with("average_pool", padding=((0, 2), (0, 0))))
refuse("output over 2**63", "conv", "padding|output", conv_with(padding=2**40))
for what, value in {"unknown": "winograd", "empty": "", "None": None, "number": 1}.items():
    refuse(what, "conv", "algorithm", conv_with(algorithm=value))
    refuse(what, "conv_grad", "algorithm", lambda value=value: ops.conv_grad(DY, X, K, algorithm=value))
    refuse(what, "resize", "interpolation", lambda value=value: ops.resize(X, 3, value))
for what, value in {"unknown": "NCHW", "number": 1}.items():
    refuse(what, "conv", "data_format", conv_with(data_format=value))
    refuse(what, "max_pool", "data_format", pool_with("max_pool", data_format=value))
for what, value in {"0": 0, "-1": -1, "4": 4, "2": 2, "float": 1.0, "2**70": 2**70}.items():
    refuse(what, "conv", "groups|kernel", conv_with(groups=value))

for what, dy in {
    "other batch": DY[:1],
    "zero batch": DY[:0],
    "other rows": DY[:, :2],
    "no rows": DY[:, :0],
    "other columns": DY[:, :, :5],
    "other filters": DY[..., :3],
    "no filters": DY[..., :0],
    "three axes": DY[0],
    "flat": DY.ravel(),
    "number": 1.0,
    "empty": [],
}.items():
    refuse(what, "conv_grad", "dy", lambda dy=dy: ops.conv_grad(dy, X, K))
    refuse(what, "depthwise_conv_grad", "dy", lambda dy=dy: ops.depthwise_conv_grad(dy, X, K))
    refuse(what, "separable_conv_grad", "dy", lambda dy=dy: ops.separable_conv_grad(dy, X, K, POINTWISE))
    image = X[:, :, :, :4]
    refuse(what, "max_pool_grad", "dy", lambda dy=dy, x=image: ops.max_pool_grad(dy, x, (3, 2), 1))
    refuse(what, "average_pool_grad", "dy", lambda dy=dy, x=image: ops.average_pool_grad(dy, x, (3, 2), 1))
    refuse(what, "resize_grad", "dy", lambda dy=dy, x=image: ops.resize_grad(dy, x, (3, 6)))
    refuse(what, "relu_grad", "dy", lambda dy=dy: ops.relu_grad(dy, X))
    refuse(what, "softmax_grad", "dy", lambda dy=dy: ops.softmax_grad(dy, X))
    refuse(what, "rescale_grad", "dy", lambda dy=dy: ops.rescale_grad(dy, X, 2.0))
    refuse(what, "dropout_grad", "dy", lambda dy=dy: ops.dropout_grad(dy, X, 0.5, seed=1))
    refuse(what, "flatten_grad", "dy", lambda dy=dy: ops.flatten_grad(dy, X))
refuse("channels as rows", "conv_grad", "dy", lambda: ops.conv_grad(np.moveaxis(DY, -1, 1), X, K))
refuse("padding of another call", "conv_grad", "dy", lambda: ops.conv_grad(DY, X, K, padding="same"))
refuse("strides of another call", "conv_grad", "dy", lambda: ops.conv_grad(DY, X, K, strides=2))
refuse("other columns", "dense_grad", "dy", lambda: ops.dense_grad(np.ones((70, 5)), ROWS, MATRIX))
refuse("other rows", "dense_grad", "dy", lambda: ops.dense_grad(np.ones((69, 4)), ROWS, MATRIX))
refuse("other length", "dense_grad", "bias", lambda: ops.dense_grad(np.ones((70, 4)), ROWS, MATRIX, bias=B[:3]))

refuse("one axis", "dense", "inputs", lambda: ops.dense(B, MATRIX))
refuse("other channels", "dense", "inputs", lambda: ops.dense(ROWS[:, :5], MATRIX))
refuse("one axis", "dense", "kernel", lambda: ops.dense(ROWS, B))
refuse("three axes", "dense", "kernel", lambda: ops.dense(ROWS, MATRIX[None]))
refuse("no filters", "dense", "kernel", lambda: ops.dense(ROWS, MATRIX[:, :0]))
refuse("no channels", "dense", "inputs|kernel", lambda: ops.dense(ROWS[:, :0], MATRIX[:0]))
refuse("other length", "dense", "bias", lambda: ops.dense(ROWS, MATRIX, bias=B[:3]))

for name in ("softmax", "log_softmax"):
    function = getattr(ops, name)
    for what, axis in {"4": 4, "-5": -5, "2**62": BIG, "float": 1.0, "str": "1", "None": None, "pair": (0, 1)}.items():
        refuse(what, name, "axis", lambda function=function, axis=axis: function(X, axis))
    refuse("number", name, "x|axis", lambda function=function: function(1.0))

for what, value in {"str": "1", "None": None, "nan": np.nan, "inf": np.inf, "array": [1, 2], "bool": True}.items():
    refuse(what, "rescale", "scale", lambda value=value: ops.rescale(X, value))
    refuse(what, "rescale", "offset", lambda value=value: ops.rescale(X, 1, value))
    refuse(what, "dropout", "rate", lambda value=value: ops.dropout(X, value, seed=1))
for what, value in {"-0.1": -0.1, "1.1": 1.1, "2**62": BIG}.items():
    refuse(what, "dropout", "rate", lambda value=value: ops.dropout(X, value, seed=1))
for what, value in {"-1": -1, "float": 1.0, "str": "1", "None": None, "2**70": 2**70}.items():
    for argument in ("seed", "layer", "step"):
        options = {"seed": 1, argument: value}
        refuse(what, "dropout", argument, lambda options=options: ops.dropout(X, 0.5, **options))
refuse("2**32", "dropout", "layer", lambda: ops.dropout(X, 0.5, seed=1, layer=2**32))

refuse("output over 2**63", "resize", "size", lambda: ops.resize(X, (2**31, 2**31)))
refuse("output over 2**80", "resize", "size", lambda: ops.resize(X, (2**40, 2**40)))
refuse("side over 2**62", "resize", "size", lambda: ops.resize(X, (1, 2**62)))
refuse("bytes over 2**63", "resize", "size", lambda: ops.resize(X, (1, 2**59)))
refuse("other elements", "reshape", "newshape", lambda: ops.reshape(X, (3, 5)))
refuse("two unknown", "reshape", "newshape", lambda: ops.reshape(X, (-1, -1)))
refuse("str", "reshape", "newshape", lambda: ops.reshape(X, "12"))
refuse("float", "reshape", "newshape", lambda: ops.reshape(X, (2.0, 210)))
refuse("2**70", "reshape", "newshape", lambda: ops.reshape(X, (2**70, 1)))
refuse("number", "flatten", "x", lambda: ops.flatten(1.0))
refuse("other elements", "reshape_grad", "dy", lambda: ops.reshape_grad(X[:1], X))

for name, images, output in (
    ("space_to_depth", X[:, :4, :6], X[:, :2, :3]),
    ("depth_to_space", X[..., :4], X[..., :1]),
):
    move, move_back = getattr(ops, name), getattr(ops, name + "_grad")
    refuse("complex", name, "x", lambda move=move: move(X.astype(complex), 1), TypeError)
    for what, x in {"three axes": X[0], "five axes": X[None], "no rows": X[:, :0], "no channels": X[..., :0]}.items():
        refuse(what, name, "x", lambda move=move, x=x: move(x, 1))
        refuse(what, name + "_grad", "x", lambda move_back=move_back, x=x: move_back(X, x, 1))
    sizes = {
        "0": 0,
        "-1": -1,
        "float": 2.0,
        "str": "2",
        "None": None,
        "pair": (2, 2),
        "True": True,
        "5": 5,
        "2**62": BIG,
    }
    for what, size in sizes.items():
        refuse(what, name, "block_size", lambda move=move, x=images, size=size: move(x, size))
    refuse("number", name, "mode", lambda move=move, x=images: move(x, 2, mode=1))
    refuse("lower case", name, "mode", lambda move=move, x=images: move(x, 2, mode="dcr"))
    refuse("unknown", name, "data_format", lambda move=move, x=images: move(x, 2, "NCHW"))
    for what, dy in {"like x": images, "other batch": output[:1], "no axes": 1.0, "flat": output.ravel()}.items():
        refuse(what, name + "_grad", "dy", lambda move_back=move_back, dy=dy, x=images: move_back(dy, x, 2))

SPARSE = "sparse_categorical_crossentropy"
for what, target in {
    "too large": CLASSES + 1,
    "negative": CLASSES - 1,
    "2**62": CLASSES + BIG,
    "over 2**63": CLASSES.astype(np.uint64) + np.uint64(2**63),
    "not whole": CLASSES + 0.5,
    "nan": np.full(70, np.nan),
    "inf": np.full(70, np.inf),
    "other rows": CLASSES[:69],
    "one hot": np.eye(6)[CLASSES],
    "number": 1,
    "empty": [],
}.items():
    refuse(what, SPARSE, "target", lambda target=target: ops.sparse_categorical_crossentropy(target, ROWS))
    refuse(what, SPARSE + "_grad", "target", lambda t=target: ops.sparse_categorical_crossentropy_grad(t, ROWS))
refuse("str", SPARSE, "target", lambda: ops.sparse_categorical_crossentropy(["a"] * 70, ROWS), TypeError)
refuse("no classes", SPARSE, "output", lambda: ops.sparse_categorical_crossentropy(CLASSES, ROWS[:, :0]))
for name in ("categorical_crossentropy", "binary_crossentropy", "mean_squared_error", "mean_absolute_error"):
    for function in (name, name + "_grad"):
        loss = getattr(ops, function)
        refuse("other rows", function, "target", lambda loss=loss: loss(ROWS[:69], ROWS))
        refuse("other columns", function, "target", lambda loss=loss: loss(ROWS[:, :5], ROWS))
        refuse("one axis", function, "target", lambda loss=loss: loss(CLASSES, ROWS))
        refuse("number", function, "target|output", lambda loss=loss: loss(1.0, 1.0))
        refuse("complex", function, "target", lambda loss=loss: loss(ROWS.astype(complex), ROWS), TypeError)
refuse("sides of 2**36", "conv", "padding|output", lambda: ops.conv(X[:1, :1, :1], K[:1, :1], padding=2**35))
