"""Calls of the merging operations that must be refused, added to the rows of `bad_calls`."""

import numpy as np

from pycnn import ops
from tests.bad_calls import BAD, BIG, DY, ROWS, STRANGE, B, X, refuse

__all__ = ["BAD"]

for name in ("add", "subtract", "multiply", "maximum", "minimum"):
    function, gradient = getattr(ops, name), getattr(ops, f"{name}_grad")
    for what, value in STRANGE.items():
        refuse(what, name, "x2", lambda function=function, value=value: function(X, value), TypeError)
    refuse("str", name, "x1", lambda function=function: function("1", X), TypeError)
    refuse("ragged", name, "x1", lambda function=function: function([[1.0], [1.0, 2.0]], 1.0))
    for what, value in {
        "other channels": X[..., :5],
        "two channels": X[..., :2],
        "no channels": X[..., :0],
        "other batch": np.concatenate([X, X]),
        "channels in front": np.moveaxis(X, -1, 1),
        "flat": X.ravel(),
        "other length": B,
    }.items():
        refuse(what, name, "inputs", lambda function=function, value=value: function(X, value))
        refuse(what, name + "_grad", "inputs", lambda gradient=gradient, value=value: gradient(X, X, value))
    for what, dy in {
        "other batch": X[:1],
        "zero batch": X[:0],
        "one channel": X[..., :1],
        "flat": X.ravel(),
        "number": 1.0,
        "empty": [],
        "one axis more": X[None],
    }.items():
        refuse(what, name + "_grad", "dy", lambda gradient=gradient, dy=dy: gradient(dy, X, X))
        refuse(what + ", channels", name + "_grad", "dy", lambda gradient=gradient, dy=dy: gradient(dy, X, X[0, 0, 0]))
    refuse("complex", name + "_grad", "dy", lambda gradient=gradient: gradient(X + 1j, X, X), TypeError)

for what, xs in {"None": None, "number": 1.0, "a string": "images", "empty": [], "no arrays": X[:0]}.items():
    refuse(what, "concatenate", "xs", lambda xs=xs: ops.concatenate(xs))
    refuse(what, "concatenate_grad", "xs", lambda xs=xs: ops.concatenate_grad(X, xs))
for what, value in STRANGE.items():
    refuse(what, "concatenate", r"xs\[1\]", lambda value=value: ops.concatenate([X, value]), TypeError)
refuse("ragged", "concatenate", r"xs\[0\]", lambda: ops.concatenate([[[1.0], [1.0, 2.0]], X]))
for what, value in {"other channels": X[..., :5], "one axis less": X[0], "flat": X.ravel(), "number": 1.0}.items():
    refuse(what, "concatenate", "inputs|axis", lambda value=value: ops.concatenate([X, value]))
    refuse(what, "concatenate_grad", "inputs|axis", lambda value=value: ops.concatenate_grad(X, [X, value]))
refuse("other axis", "concatenate", "inputs", lambda: ops.concatenate([X, X[:1]], axis=1))
for what, axis in {
    "4": 4,
    "-5": -5,
    "2**62": BIG,
    "2**70": 2**70,
    "-2**70": -(2**70),
    "float": 1.0,
    "str": "1",
    "None": None,
    "pair": (0, 1),
    "bool": True,
}.items():
    refuse(what, "concatenate", "axis", lambda axis=axis: ops.concatenate([X, X], axis))
    refuse(what, "concatenate_grad", "axis", lambda axis=axis: ops.concatenate_grad(X, [X, X], axis))
refuse("a number", "concatenate", "axis", lambda: ops.concatenate([1.0, 2.0]))
for what, dy in {"of one": X, "other batch": X[:1], "flat": X.ravel(), "number": 1.0, "other channels": DY}.items():
    refuse(what, "concatenate_grad", "dy", lambda dy=dy: ops.concatenate_grad(dy, [X, X]))
refuse("too many samples", "concatenate", "inputs", lambda: ops.concatenate([np.zeros((2**59, 0), np.float32)] * 17))
HUGE = np.broadcast_to(np.int8(1), (2**31, 2**31))  # as float32 it would have 2**64 bytes
refuse("2**62 elements", "concatenate", r"xs\[0\]", lambda: ops.concatenate([HUGE]))
refuse("rows", "concatenate", "inputs", lambda: ops.concatenate([ROWS, X]))
