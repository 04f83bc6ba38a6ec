"""Constructor arguments from a configuration of Keras: what Keras writes and pycnn's constructors do not have.

An argument that pycnn lacks is dropped when it has the value that means "not used"; any other value is an error,
raised by the constructor. Data type policies become the name of their data type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Written by some version of Keras 3 or of TF-Keras 2; each with the values that mean "not used".
UNUSED: dict[str, tuple[Any, ...]] = {
    "adjust_epsilon": (False,),
    "implementation": (0, 1, 2),
    "input_spec": (None,),
    "is_legacy_optimizer": (True, False),
    "jit_compile": (True, False, None, "auto"),
    "lora_alpha": (None,),
    "lora_rank": (None,),
    "optional": (False,),
    "quantization_config": (None,),
    "ragged": (False, None),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": (0.99,),
    "rms_scaling": (False,),
    "sparse": (False, None),
    "synchronized": (False,),
}


def constructor_arguments(cls: type, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration of Keras as the arguments of a class of pycnn."""
    code = getattr(cls.__init__, "__code__", None)  # none: the class has no arguments
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    kept = {
        name: value
        for name, value in config.items()
        if name in named or not any(value is unused or value == unused for unused in UNUSED.get(name, ()))
    }
    if isinstance(kept.get("dtype"), Mapping):
        kept["dtype"] = _policy_name(kept["dtype"])
    return kept


def _policy_name(policy: Mapping[str, Any]) -> Any:
    inner = policy.get("config")
    if policy.get("class_name") not in ("DTypePolicy", "Policy") or not isinstance(inner, Mapping):
        raise ValueError(f"[deserialize_keras_object] dtype must be a name or a DTypePolicy; got dtype={policy!r}")
    return inner.get("name")
