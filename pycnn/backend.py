"""`keras.backend` as scripts use it: settings, names of layers, the end of a session.

>>> from pycnn import backend
>>> backend.image_data_format()
'channels_last'
"""

from pycnn.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from pycnn.layers.symbolic import is_keras_tensor
from pycnn.utils.dtypes import is_float_dtype, is_int_dtype, standardize_dtype
from pycnn.utils.naming import clear_session, get_uid

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
