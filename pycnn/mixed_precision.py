"""`keras.mixed_precision` as scripts use it: the policy of all layers, which here is float32 or float64.

>>> from pycnn import mixed_precision
>>> mixed_precision.set_global_policy("float32")
"""

from pycnn.config import dtype_policy, set_dtype_policy
from pycnn.dtype_policies import DTypePolicy

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = ["DTypePolicy", "Policy", "dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]
