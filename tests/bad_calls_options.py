"""Values that an option refuses wherever it occurs: every operation that has the option gets each of them.

Added to the rows of `bad_calls`. A padding may also be refused for the output that it makes.
"""

import inspect

import numpy as np

from pycnn import ops
from tests.bad_calls import refuse
from tests.valid_calls import CALLS, call

NO_NUMBER = {"str": "1", "None": None, "nan": np.nan, "inf": np.inf, "two numbers": [1, 2], "True": True}
NO_INTEGER = {"1.5": 1.5, "str": "2", "array of floats": np.ones(2), "2**63": 2**63, "2**100": 2**100, "True": True}
NO_SIZE = NO_INTEGER | {
    "0": 0,
    "-1": -1,
    "-2**62": -(2**62),
    "four": (1, 1, 1, 1),
    "none": (),
    "nested": ((1, 1), (1, 1)),
}
NO_FLAG = {"number": 1, "None": None, "str": "True"}
NO_NAME = {"unknown": "zigzag", "number": 1, "empty": ""}
NO_COUNT = NO_INTEGER | {"-1": -1, "None": None, "pair": (1, 1)}

# option: the values, by what is wrong with them
OPTIONS = {
    "activation": NO_NAME,
    "algorithm": NO_NAME | {"None": None},
    "alpha": NO_NUMBER | {"negative": -1.0},
    "alpha_divided_by_size": NO_FLAG,
    "approximate": NO_FLAG,
    "axes": {
        "three": (0, 1, 2),
        "twice": (0, 1, 2, 2),
        "4": (0, 1, 2, 4),
        "1.5": (0, 1, 2, 1.5),
        "str": "0123",
        "1": 1,
    },
    "axis": {"4": 4, "-5": -5, "2**62": 2**62, "2**70": 2**70, "1.5": 1.5, "str": "1", "None": None, "nested": ((1,),)},
    "beta": NO_NUMBER,
    "bias": NO_NUMBER | {"negative": -1.0},
    "block_size": NO_SIZE | {"None": None, "5": 5, "2**62": 2**62},
    "ceil_mode": NO_FLAG,
    "constant_values": {"str": "1", "two numbers": [1, 2], "with another mode": 0.0},
    "coordinates": NO_NAME | {"None": None},
    "count_include_pad": NO_FLAG,
    "data_format": NO_NAME,
    "dilation_rate": NO_SIZE | {"zero in a pair": (1, 0), "2**61": 2**61, "2**62 in a pair": (1, 2**62)},
    "epsilon": NO_NUMBER | {"negative": -1e-9},
    "from_logits": NO_FLAG,
    "groups": NO_INTEGER | {"0": 0, "-2": -2, "5": 5, "2**62": 2**62, "pair": (1, 1)},
    "input_shape": NO_SIZE | {"no rows": (0, 7, 6), "no channels": (5, 7, 0), "over 2**63": (2**31, 2**31, 6)},
    "interpolation": NO_NAME | {"None": None},
    "layer": NO_COUNT,
    "max_value": {name: value for name, value in NO_NUMBER.items() if name != "None"} | {"negative": -1.0},
    "mode": NO_NAME | {"None": None},
    "negative_slope": NO_NUMBER | {"negative": -1.0},
    "newshape": {"2**70": (2**70, 1), "1.5": (1.5, 280), "str": "12", "two unknown": (-1, -1), "other": (3, 5)},
    "noise_shape": {"1.5": 1.5, "str": "1", "two": (1, 1), "other": (3, 1, 1, 1), "zero": (0, 1, 1, 1)},
    "offset": NO_NUMBER,
    "output_padding": NO_INTEGER | {"-1": -1, "the stride": 1, "2**62": 2**62, "three": (0, 0, 0), "nested": ((0, 0),)},
    "output_size": NO_SIZE | {"None": None, "zero in a pair": (1, 0), "2**62": 2**62, "2**62 in a pair": (1, 2**62)},
    "p": NO_SIZE | {"None": None, "1001": 1001, "2**62": 2**62},
    "pad_width": {
        "1.5": 1.5,
        "str": "1",
        "None": None,
        "True": True,
        "three pairs": ((1, 1),) * 3,
        "three sides": ((1, 1, 1),) * 4,
        "2**62": 2**62,
        "2**63": 2**63,
        "more than an axis": ((0, 0), (-3, -3), (0, 0), (0, 0)),
    },
    "padding": {
        "unknown": "reflect",
        "empty": "",
        "number as a string": "1",
        "1.5": 1.5,
        "None": None,
        "True": True,
        "negative": -1,
        "negative side": ((0, -1), (0, 0)),
        "one pair": ((1, 1),),
        "three pairs": ((1, 1),) * 3,
        "three sides": ((1, 1, 1), (1, 1, 1)),
        "flat": (1, 1),
        "floats": ((0.5, 0), (0, 0)),
        "2**40": 2**40,
        "2**62": 2**62,
        "2**63": 2**63,
    },
    "pool_size": NO_SIZE | {"None": None, "over the input": 8, "zero in a pair": (1, 0), "2**62": 2**62},
    "rate": NO_NUMBER | {"-0.1": -0.1, "1.1": 1.1},
    "scale": NO_NUMBER,
    "seed": NO_COUNT,
    "size": NO_SIZE | {"None": None},
    "stddev": NO_NUMBER | {"-0.1": -0.1},
    "step": NO_COUNT,
    "strides": NO_SIZE | {"zero in a pair": (1, 0), "2**61": 2**61, "2**62 in a pair": (1, 2**62)},
    "threshold": NO_NUMBER | {"negative": -1.0},
    "xs": {"none": [], "number": 1.0, "None": None},
}
# (operation, option): what it accepts of those
LEGAL = {("conv_matrix", "strides"): ("2**61", "2**62 in a pair")}

for operation, (arrays, _) in CALLS.items():
    for option in inspect.signature(getattr(ops, operation)).parameters:
        if option not in arrays:
            for what, value in OPTIONS[option].items():
                if what not in LEGAL.get((operation, option), ()):
                    argument = f"{option}|output" if option == "padding" else option
                    refuse(f"option {what}", operation, argument, call(operation, **{option: value}))

# No samples, so no bytes: the sizes of one are counted all the same.
for operation, sizes in {
    "conv": {"padding": 2**40},
    "conv_transpose": {"strides": 2**40},
    "depthwise_conv": {"padding": ((0, 2**62 - 1), (0, 2))},
    "resize": {"size": (2**31, 2**31)},
    "separable_conv": {"padding": 2**30},
}.items():
    for what, samples in {"no samples": 0, "one sample": 1}.items():
        spoiled = call(operation, inputs=np.zeros((samples, 5, 7, 6), np.float32), **sizes)
        refuse(f"{what}, output over 2**60", operation, f"{next(iter(sizes))}|output", spoiled)
