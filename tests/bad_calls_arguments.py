"""The valid call of every operation, spoiled in one array at a time; added to the rows of `bad_calls`.

No elements along one axis, values that are no real numbers, more elements than 64 bits count; and where the shape
follows from the other arguments, one element more along an axis, or an axis more.
"""

import numpy as np

from tests.bad_calls import refuse
from tests.valid_calls import CALLS, EMPTY, FORWARD, call

# Their shape follows from the other arguments.
DETERMINED = ("beta", "bias", "dy", "gamma", "mean", "offset", "scale", "target", "variance")
HUGE = np.broadcast_to(np.int8(1), (2**31, 2**31))  # as float32 it would have 2**64 bytes

for operation, (arrays, _) in CALLS.items():
    anywhere = "|".join((*arrays, "inputs?"))  # of two that do not fit, either may be named, or both
    for position, (argument, array) in enumerate(arrays.items()):
        free = EMPTY.get(operation, (0,) if operation in FORWARD else ()) if position == 0 else ()
        for axis, extent in enumerate(array.shape):
            if axis not in free:
                shape = (*array.shape[:axis], 0, *array.shape[axis + 1 :])
                spoiled = call(operation, **{argument: np.zeros(shape, array.dtype)})
                refuse(f"{argument} without elements along axis {axis}", operation, anywhere, spoiled)
            if argument in DETERMINED:
                longer = np.repeat(array, [1] * (extent - 1) + [2], axis)
                spoiled = call(operation, **{argument: longer})
                refuse(f"{argument} longer along axis {axis}", operation, anywhere, spoiled)
        if argument in DETERMINED and operation != "reshape_grad":
            refuse(f"{argument} with an axis more", operation, anywhere, call(operation, **{argument: array[None]}))
        for what, value in {"complex": array + 1j, "objects": array.astype(object), "str": array.astype(str)}.items():
            refuse(f"array of {what}", operation, argument, call(operation, **{argument: value}), TypeError)
        refuse("2**62 elements", operation, argument, call(operation, **{argument: HUGE}))
