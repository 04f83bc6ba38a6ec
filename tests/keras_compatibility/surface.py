"""The public names of a package with their signatures, as data: the same for Keras and for pycnn.

A name is described by text: "module", "value", "class(x, y=1, **kwargs)", "function(...)", "method(...)", and "numpy"
for a function of NumPy.
"""

import ast
import importlib
import inspect
import types

import numpy as np

MODULES = (
    "",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "ops.image",
    "optimizers",
    "optimizers.schedules",
    "preprocessing",
    "preprocessing.image",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "visualization",
    "wrappers",
)
# Modules that need packages which may be missing: their names are listed, and no signatures.
OPTIONAL = ("wrappers",)
# Classes whose methods are compared too, with the module that has them.
CLASSES = {
    "Layer": "",
    "Model": "",
    "Sequential": "",
    "Variable": "",
    "KerasTensor": "",
    "Callback": "callbacks",
    "CallbackList": "callbacks",
    "Initializer": "initializers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "LearningRateSchedule": "optimizers.schedules",
    "Progbar": "utils",
    "PyDataset": "utils",
}
_STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}


def surface(package, examples=None):
    """Return {module or class: {name: description}} of "keras" or "pycnn".

    `examples` are objects by the name of their class: attributes that only objects have count too, and what a class
    inherits; without them it is described with the class that defines it.
    """
    found = {}
    for module in MODULES:
        try:
            source = importlib.import_module(f"{package}.{module}".rstrip("."))
        except ImportError:
            continue
        public = dir(source) if "__dir__" in vars(source) else getattr(source, "__all__", dir(source))
        names = sorted(name for name in public if not name.startswith("_"))
        if module in OPTIONAL:
            described = dict.fromkeys(names, "value")
        else:
            described = {name: described_object(getattr(source, name, None)) for name in names}
        found[module] = {name: text for name, text in described.items() if text and name not in ("src", "version")}
    for name, module in CLASSES.items():
        try:
            cls = getattr(importlib.import_module(f"{package}.{module}".rstrip(".")), name, None)
        except ImportError:
            continue
        if cls is not None:
            found[f"{name} (class)"] = members(cls, (examples or {}).get(name), examples is not None)
    return found


def described_object(thing):
    """Return the description of what a module has, "" for what is no part of an API."""
    if isinstance(thing, types.ModuleType):
        return "module"
    if isinstance(thing, np.ufunc) or str(getattr(thing, "__module__", "")).startswith("numpy"):
        return "numpy" if callable(thing) else ""
    if inspect.isclass(thing):
        return f"class({signature(thing.__init__)})" if thing.__init__ is not object.__init__ else "class()"
    return f"function({signature(thing)})" if callable(thing) else ""


def members(cls, example, inherited):
    """Return the descriptions of a class's public members, those of compared base classes only if `inherited`."""
    found = {name: "value" for name in vars(example) if not name.startswith("_")} if example is not None else {}
    bases = [base for base in cls.__mro__[1:] if base.__name__ in CLASSES and base.__name__ != cls.__name__]
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if name.startswith("_") or (not inherited and any(has(base, name, member) for base in bases)):
            continue
        function = getattr(member, "__func__", member)
        found[name] = f"method({signature(function)})" if inspect.isfunction(function) else "value"
    return dict(sorted(found.items()))


def has(cls, name, member):
    """Whether a class has the very same member."""
    return inspect.getattr_static(cls, name, None) is member


def signature(function):
    """Return the parameters as they are written in a definition, without self."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "*args, **kwargs"
    parts, star = [], False
    for parameter in parameters[1:] if parameters and parameters[0].name in ("self", "cls") else parameters:
        kind = parameter.kind.name
        if kind == "KEYWORD_ONLY" and not star:
            parts.append("*")
        star = star or kind in ("KEYWORD_ONLY", "VAR_POSITIONAL")
        default = "" if parameter.default is parameter.empty else f"={default_text(parameter.default)}"
        parts.append(f"{_STARS.get(kind, '')}{parameter.name}{default}")
    return ", ".join(parts)


def default_text(value):
    """Return a default as an expression that does not depend on addresses."""
    if value is None or isinstance(value, (bool, int, float, str, bytes, tuple, list, dict)):
        return repr(value) if repr(value) not in ("inf", "nan") else "float"
    name = getattr(value, "__name__", type(value).__name__)
    return name if name.isidentifier() else "function"


def arguments(description):
    """Return [(name, kind, default expression or None), ...] of a description; None where it has no signature."""
    _, bracket, rest = description.partition("(")
    if not bracket:
        return None
    given = ast.parse(f"def f({rest.removesuffix(')')}): pass").body[0].args
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + [ast.unparse(default) for default in given.defaults]
    found = [(argument.arg, "positional", default) for argument, default in zip(positional, defaults, strict=True)]
    found += [("*", "any positional", None)] if given.vararg else []
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append((argument.arg, "keyword", None if default is None else ast.unparse(default)))
    return found + ([("**", "any keyword", None)] if given.kwarg else [])
