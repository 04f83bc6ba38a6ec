"""Calls of the normalisations that must be refused, added to the rows of `bad_calls`."""

import numpy as np

from pycnn import ops
from tests.bad_calls import BAD, BIG, NOT_SIZES, ROWS, B, K, X, refuse

__all__ = ["BAD"]

for name, call in {"lrn": ops.lrn, "lrn_grad": lambda x: ops.lrn_grad(X, x)}.items():
    for what, value in {"number": 1.0, "two axes": ROWS, "six axes": X[None, None]}.items():
        refuse(what, name, "inputs", lambda call=call, value=value: call(value))
    for what, value in {"rows": X[:, :0], "columns": X[:, :, :0], "channels": X[..., :0]}.items():
        refuse(f"no {what}", name, "inputs", lambda call=call, value=value: call(value))
for what, dy in {"other batch": X[:1], "other channels": X[..., :5], "flat": X.ravel(), "number": 1.0}.items():
    refuse(what, "lrn_grad", "dy", lambda dy=dy: ops.lrn_grad(dy, X))
for what, value in {name: NOT_SIZES[name] for name in NOT_SIZES if name not in ("array", "one")}.items():
    refuse(what, "lrn", "size", lambda value=value: ops.lrn(X, value))
for what, value in {"str": "1", "None": None, "nan": np.nan, "inf": np.inf, "array": [1, 2], "bool": True}.items():
    for argument in ("alpha", "beta", "bias"):
        refuse(what, "lrn", argument, lambda options={argument: value}: ops.lrn(X, **options))
refuse("negative", "lrn", "alpha", lambda: ops.lrn(X, alpha=-1e-4))
refuse("negative", "lrn", "bias", lambda: ops.lrn(X, bias=-1.0))
for what, value in {"unknown": "across", "None": None, "number": 1}.items():
    refuse(what, "lrn", "mode", lambda value=value: ops.lrn(X, mode=value))
refuse("number", "lrn", "alpha_divided_by_size", lambda: ops.lrn(X, alpha_divided_by_size=1))
refuse("unknown", "lrn", "data_format", lambda: ops.lrn(X, data_format="NCHW"))
NORMS = {
    "group_norm": lambda x, *scale, **options: ops.group_norm(x, *scale, **{"groups": 2} | options),
    "instance_norm": ops.instance_norm,
    "layer_norm": ops.layer_norm,
    "rms_norm": ops.rms_norm,
    "unit_norm": ops.unit_norm,
}
for name, function in NORMS.items():
    gradient = getattr(ops, f"{name}_grad")
    refuse("ragged", name, "inputs", lambda function=function: function([[1.0], [1.0, 2.0]]))
    refuse("str", name, "inputs", lambda function=function: function(["a", "b"]), TypeError)
    refuse("number", name, "inputs|axis", lambda function=function: function(1.0))
    for what, value in {
        "negative": -1e-9,
        "nan": np.nan,
        "inf": np.inf,
        "str": "1",
        "None": None,
        "bool": True,
    }.items():
        refuse(what, name, "epsilon", lambda function=function, value=value: function(X, epsilon=value))
    for what, dy in {"other batch": X[:1], "flat": X.ravel(), "number": 1.0, "other channels": X[..., :5]}.items():
        refuse(what, name + "_grad", "dy", lambda gradient=gradient, dy=dy: gradient(dy, X))
    if name != "unit_norm":
        for what, value in {"other length": B, "two axes": K[:, 0, 0], "number": 1.0, "empty": []}.items():
            refuse(what, name, "gamma", lambda function=function, value=value: function(X, value))
            refuse(what, name + "_grad", "gamma|groups", lambda f=gradient, value=value: f(X, X, value))
        refuse("complex", name, "gamma", lambda function=function: function(X, X[0, 0, 0] + 1j), TypeError)
    if name not in ("unit_norm", "rms_norm"):
        refuse("other length", name, "beta", lambda function=function: function(X, None, B))
    if name in ("group_norm", "instance_norm"):
        refuse("one axis", name, "inputs", lambda function=function: function(B))
        refuse("no channels", name, "inputs", lambda function=function: function(X[..., :0]))
        refuse("no pixels", name, "inputs", lambda function=function: function(X[:, :0]))
        refuse("unknown", name, "data_format", lambda function=function: function(X, data_format="NCHW"))
    else:
        for what, axis in {
            "4": 4,
            "-5": -5,
            "2**62": BIG,
            "2**70": 2**70,
            "float": 1.0,
            "str": "1",
            "None": None,
            "empty": (),
            "first": 0,
            "with a gap": (1, 3),
            "twice": (-1, 3),
            "bool": True,
        }.items():
            refuse(what, name, "axis", lambda function=function, axis=axis: function(X, axis=axis))
for what, value in {
    "0": 0,
    "-2": -2,
    "4": 4,
    "12": 12,
    "2**70": 2**70,
    "float": 2.0,
    "None": None,
    "bool": True,
}.items():
    refuse(what, "group_norm", "groups", lambda value=value: ops.group_norm(X, groups=value))
    refuse(what, "group_norm_grad", "groups", lambda value=value: ops.group_norm_grad(X, X, groups=value))
