"""Calls of the operations that move numbers which must be refused, added to the rows of `bad_calls`."""

import numpy as np

from pycnn import ops
from tests.bad_calls import BIG, ROWS, X, refuse

NINE_AXES = np.ones((1,) * 9)
for name, argument, call in (
    ("pad", "x", lambda x: ops.pad(x, 1)),
    ("pad_grad", "x", lambda x: ops.pad_grad(X, x, 1)),
    ("transpose", "x", ops.transpose),
    ("transpose_grad", "x", lambda x: ops.transpose_grad(X, x)),
    ("extract_patches", "images", lambda x: ops.extract_patches(x, 1)),
    ("extract_patches_grad", "images", lambda x: ops.extract_patches_grad(X, x, 1)),
    ("upsample", "inputs", ops.upsample),
    ("upsample_grad", "inputs", lambda x: ops.upsample_grad(X, x)),
):
    refuse("ragged", name, argument, lambda call=call: call([[1.0], [1.0, 2.0]]))
    refuse("nine axes", name, argument, lambda call=call: call(NINE_AXES))
    if argument != "x":
        for what, value in {"number": 1.0, "two axes": ROWS, "six axes": X[None, None]}.items():
            refuse(what, name, argument, lambda call=call, value=value: call(value))

for what, width in {
    "float": 1.5,
    "str": "1",
    "None": None,
    "bool": True,
    "2**62": BIG,
    "-2**62": -BIG,
    "2**70": 2**70,
    "empty": (),
    "three axes": ((0, 0),) * 3,
    "five axes": ((0, 0),) * 5,
    "three sides": ((1, 1, 1),) * 4,
    "float side": ((0, 1.0),) * 4,
    "all cropped": ((0, 0), (-2, -3), (0, 0), (0, 0)),
    "more than all cropped": ((0, 0), (0, 0), (-8, 0), (0, 0)),
    "cropped by 2**61": ((0, 0), (0, 0), (-(2**60), -(2**60)), (0, 0)),
    "2**60 on every axis": 2**60,
    "past 2**63 bytes": ((0, 0), (2**31, 0), (0, 2**31), (0, 0)),
}.items():
    refuse(what, "pad", "pad_width|output", lambda width=width: ops.pad(X, width))
    refuse(what, "pad_grad", "pad_width|output|dy", lambda width=width: ops.pad_grad(X, X, width))
refuse("upper case", "pad", "mode", lambda: ops.pad(X, 1, "Edge"))
refuse("of another mode", "pad", "constant_values", lambda: ops.pad(X, 1, "edge", 0))
refuse("two numbers", "pad", "constant_values", lambda: ops.pad(X, 1, constant_values=(0, 1)))
refuse("str", "pad", "constant_values", lambda: ops.pad(X, 1, constant_values="1"), TypeError)
for mode in ("edge", "reflect", "symmetric", "wrap"):
    refuse(f"nothing to copy, {mode}", "pad", "x", lambda mode=mode: ops.pad(X[:, :0], 1, mode))

for what, axes in {
    "three": (0, 1, 2),
    "five": (0, 1, 2, 3, 4),
    "one twice": (0, 1, 2, 2),
    "one twice, from the end": (0, 1, 3, -1),
    "4": (0, 1, 2, 4),
    "-5": (-5, 1, 2, 3),
    "2**62": (0, 1, 2, BIG),
    "2**70": (0, 1, 2, 2**70),
    "float": (0.0, 1, 2, 3),
    "str": "0123",
    "number": 1,
    "bool": (False, True, 2, 3),
    "empty": (),
}.items():
    refuse(what, "transpose", "axes", lambda axes=axes: ops.transpose(X, axes))
    refuse(what, "transpose_grad", "axes", lambda axes=axes: ops.transpose_grad(X, X, axes))

refuse("larger than the image", "extract_patches", "size", lambda: ops.extract_patches(X, 6))
refuse("2**62", "extract_patches", "size", lambda: ops.extract_patches(X, BIG))
refuse("past 2**63 bytes", "extract_patches", "output", lambda: ops.extract_patches(X, 2**31, 1, padding="same"))
refuse("past 2**63 bytes", "upsample", "size", lambda: ops.upsample(X, 2**31))
refuse("no samples, past 2**63 bytes", "upsample", "size", lambda: ops.upsample(X[:0], 2**31))
refuse("2**62", "upsample", "size", lambda: ops.upsample(X, BIG))
refuse("causal, an image", "extract_patches", "padding", lambda: ops.extract_patches(X, 2, padding="causal"))
refuse("bilinear, a sequence", "upsample", "interpolation", lambda: ops.upsample(X[0], 2, "bilinear"))
