"""The closed table of classes that a configuration may name: the public ones of pycnn, by Keras's names and modules.

Nothing is looked up by import: a module in a file only chooses among the sections of this table.
"""

from __future__ import annotations

import functools
from typing import Any

# Public modules of the package; within one a class name is unique.
SECTIONS = (
    "layers",
    "models",
    "initializers",
    "optimizers",
    "schedules",
    "losses",
    "metrics",
    "regularizers",
    "constraints",
)
# Roots of the modules that Keras and pycnn have written into files.
ROOTS = ("keras", "tf_keras", "tensorflow", "pycnn")

# Layers that Keras does not have; a file names their own module.
NOT_IN_KERAS = frozenset({"LocalResponseNormalization"})

# Written as what Keras has instead, with these arguments.
WRITTEN_AS = {"InstanceNormalization": ("GroupNormalization", {"groups": -1})}

# Former names of classes in Keras's files.
ALIASES = {"Model": "Functional"}

# Refused with a message of their own: they run code from the file, or open other files.
RUNS_CODE = (
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "FlaxLayer",
    "JaxLayer",
    "__lambda__",
    "__typespec__",
    "enable_unsafe_deserialization",
    "get_file",
)


# Bases of the others: nothing is made of them alone.
BASES = frozenset(
    {
        "Constraint",
        "Initializer",
        "Layer",
        "LearningRateSchedule",
        "Loss",
        "Metric",
        "Model",
        "Optimizer",
        "Regularizer",
    }
)


@functools.cache
def public_classes() -> dict[str, dict[str, type]]:
    """The classes of each section by name."""
    import pycnn

    modules = {name: getattr(pycnn, name, None) for name in SECTIONS}
    modules["schedules"] = getattr(pycnn.optimizers, "schedules", None)
    return {section: _classes(module) for section, module in modules.items()}


def _classes(module: Any) -> dict[str, type]:
    found = {name: getattr(module, name) for name in getattr(module, "__all__", ()) if name not in BASES}
    return {name: cls for name, cls in found.items() if isinstance(cls, type) and hasattr(cls, "from_config")}


def section_of(cls: type) -> str | None:
    """The section in which a class is; None for classes of the user."""
    for section, classes in public_classes().items():
        if classes.get(cls.__name__) is cls:
            return section
    return None


def keras_module(section: str, class_name: str) -> str:
    """The module that Keras writes for a class of this section."""
    if class_name in NOT_IN_KERAS:
        return f"pycnn.{section}"
    if class_name == "Functional":
        return "keras.src.models.functional"
    return {"models": "keras", "schedules": "keras.optimizers.schedules"}.get(section, f"keras.{section}")


def is_known_module(module: Any) -> bool:
    """Whether a module in a file is one that Keras or pycnn writes; None stands for any."""
    return module is None or (isinstance(module, str) and module.split(".")[0] in ROOTS)


def candidates(module: str | None, kind: type) -> dict[str, type]:
    """The classes of a kind that a class name of this module is looked up among."""
    parts = [] if module is None else module.replace("learning_rate_schedule", "schedules").split(".")
    # "keras.optimizers.schedules" names two sections, of which the last counts; "keras" and paths of old versions none.
    sections = [section for section in SECTIONS if section in parts][-1:] or SECTIONS
    if "schedules" in parts:
        sections = ["schedules"]
    found: dict[str, type] = {}
    for section in sections:
        for name, cls in public_classes()[section].items():
            if issubclass(cls, kind):
                found.setdefault(name, cls)
    return found
