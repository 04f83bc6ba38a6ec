"""Operations on symbolic tensors: they become part of a graph instead of being computed.

`pycnn.layers` says how (it sets `trace`); here is only the question whether an argument is symbolic.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

# trace(name, function, arguments, keywords): notes the call and returns what stands for its result; of weights alone it
# computes the result.
trace: Callable[..., Any] | None = None


def stays(x: Any, dtype: Any) -> bool:
    """Whether x is a symbolic tensor which has this dtype, so that a conversion leaves it as it is."""
    is_weight = hasattr(x, "assign")
    return getattr(x, "is_symbolic", False) and not is_weight and dtype in (None, x.dtype)


@functools.cache  # other names of one function stay one function
def on_tensors(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as one that takes symbolic tensors and weights too."""

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        for argument in (*args, *kwargs.values()):
            first = argument[0] if isinstance(argument, (list, tuple)) and argument else argument
            if getattr(first, "is_symbolic", False):
                return trace(name, function, args, kwargs)
        return function(*args, **kwargs)

    return traced
