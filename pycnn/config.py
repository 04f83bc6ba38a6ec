"""Process-wide settings: the default float type, the default order of axes and the number of threads.

Nothing here touches the host process beyond pycnn: the thread count is pycnn's own and leaves OpenMP's
settings and the environment as they are.

>>> from pycnn import config
>>> config.floatx()
'float32'
"""

from __future__ import annotations

from pycnn import _core
from pycnn._core import num_threads
from pycnn.utils.arguments import DATA_FORMATS, choice, error, integer
from pycnn.utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

__all__ = [
    "disable_interactive_logging",
    "enable_interactive_logging",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "num_threads",
    "set_floatx",
    "set_image_data_format",
    "set_num_threads",
]

_floatx = "float32"
_image_data_format = "channels_last"


def floatx() -> str:
    """Return the dtype that layers get when none is given: ``"float32"`` or ``"float64"``."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the dtype of layers made from now on.

    Args:
        value: ``"float32"`` or ``"float64"``.

    Raises:
        ValueError: for any other name.
    """
    global _floatx
    _floatx = choice("set_floatx", "value", value, ("float32", "float64"))


def image_data_format() -> str:
    """Return what ``data_format=None`` means: ``"channels_last"`` or ``"channels_first"``."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set what ``data_format=None`` means for layers made and operations called from now on.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``.

    Raises:
        ValueError: for any other name.
    """
    global _image_data_format
    _image_data_format = choice("set_image_data_format", "data_format", data_format, DATA_FORMATS)


def set_num_threads(count: int) -> None:
    """Set how many threads an operation may use; results do not depend on it.

    At first it is OMP_NUM_THREADS, else the processors this process may run on.

    Args:
        count: from 1 to 1024.

    Raises:
        ValueError: for anything else.
    """
    threads = integer("set_num_threads", "count", count)
    if threads > 1024:
        raise error("set_num_threads", "count must be at most 1024", "count", count)
    _core.set_num_threads(threads)


def epsilon() -> float:
    """Return 1e-7: cross-entropy clips probabilities to [epsilon, 1 - epsilon], as Keras does."""
    return 1e-7
