"""Process-wide settings: the default float type and order of axes, epsilon, logging, threads and precision.

Nothing here touches the host process beyond pycnn: the threads are pycnn's own, and OpenMP's settings and the
environment stay as they are.

>>> from pycnn import config
>>> config.floatx()
'float32'
"""

from __future__ import annotations

from pycnn import _core
from pycnn._core import float32_matmul_precision, num_threads
from pycnn.dtype_policies import DTypePolicy
from pycnn.dtype_policies import get as get_dtype_policy
from pycnn.utils.arguments import DATA_FORMATS, choice, error, integer, number
from pycnn.utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

__all__ = [
    "backend",
    "disable_interactive_logging",
    "dtype_policy",
    "enable_interactive_logging",
    "epsilon",
    "float32_matmul_precision",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "num_threads",
    "set_dtype_policy",
    "set_epsilon",
    "set_float32_matmul_precision",
    "set_floatx",
    "set_image_data_format",
    "set_num_threads",
]

_floatx = "float32"
_image_data_format = "channels_last"
_epsilon = 1e-7


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


def set_float32_matmul_precision(precision: str) -> None:
    """Set how exactly sums of float32 products are made.

    It holds for operations called from now on, and for models that have not run yet. Under "high", convolutions of
    3 x 3 pixels with strides of one and 16 channels and filters or more, and their gradients, are computed by
    Winograd's formula F(2x2, 3x3): per tile of 2 x 2 outputs

        y = A' [(G g G') o (B' d B)] A

    takes 16 products where the definition has 36. On numbers of similar size the errors are below those of a plain
    chain of fused multiply-adds. Differences of pixels are rounded before they are multiplied, though: the error of an
    output is small beside the largest pixel and weight of its window, not beside each of its own products, and an
    infinity may become NaN. Whole numbers stay exact. The bits are the same for any number of threads and any batch.

    Args:
        precision: "highest", as at first: every sum as the definition has it; or "high".

    Raises:
        ValueError: for any other name.

    Source: Lavin and Gray, Fast algorithms for convolutional neural networks, CVPR 2016.

    >>> from pycnn import config
    >>> config.set_float32_matmul_precision("high")
    >>> config.float32_matmul_precision()
    'high'
    >>> config.set_float32_matmul_precision("highest")
    """
    _core.set_float32_matmul_precision(
        choice("set_float32_matmul_precision", "precision", precision, ("highest", "high"))
    )


def epsilon() -> float:
    """Return the small number that keeps logarithms and divisions finite, 1e-7 at first.

    >>> from pycnn import config
    >>> config.epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set that number for losses, metrics and constraints; layers and optimizers have an `epsilon` of their own.

    Args:
        value: above 0 and below 0.5.

    Raises:
        ValueError: for anything else.
    """
    global _epsilon
    number_given = number("set_epsilon", "value", value, 0.0, 0.5)
    if not 0.0 < number_given < 0.5:
        raise error("set_epsilon", "value must be above 0 and below 0.5", "value", value)
    _epsilon = number_given


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers made from now on: computation and weights in `floatx()`.

    >>> from pycnn import config
    >>> config.dtype_policy().compute_dtype
    'float32'
    """
    return DTypePolicy(_floatx)


def set_dtype_policy(policy: str | DTypePolicy) -> None:
    """Set the dtype of layers made from now on, as `set_floatx`.

    Args:
        policy: "float32", "float64" or a `DTypePolicy`. There is no mixed precision.

    Raises:
        ValueError: for any other name.
    """
    set_floatx(get_dtype_policy(policy).name)


def backend() -> str:
    """Return "pycnn": what computes, where Keras names TensorFlow, JAX or PyTorch."""
    return "pycnn"
