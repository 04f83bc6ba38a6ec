"""Public names that are imported at first use, so that `import pycnn` costs little (PEP 562).

A package says in which modules its names are; the first use of a name imports that module, the next ones find the name
in the package. Nothing else differs from names imported at once: `dir`, `from package import *`, copies and pickles.

    __all__, __getattr__, __dir__ = lazy.attach(__name__, {"pycnn.layers.conv": ["Conv1D", "Conv2D", "Conv3D"]})
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package in which a public name stays what it is when the module of that name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        # The import system binds every module in its package: `pycnn.ops.conv` would hide the function `conv`.
        if not (isinstance(value, ModuleType) and name in self._hidden_modules):
            super().__setattr__(name, value)


def attach(
    package: str,
    names: Mapping[str, Iterable[str]],
    *,
    modules: Iterable[str] = (),
    aliases: Mapping[str, str] | None = None,
    own: Iterable[str] = (),
    finish: Callable[[str, Any], Any] | None = None,
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__all__``, ``__getattr__`` and ``__dir__`` of a package, or of a module.

    Args:
        package: its name.
        names: modules and the names imported from each.
        modules: public modules of the package.
        aliases: other names of public names.
        own: public names that the package itself defines.
        finish: finish(name, value) is what the package gets for a value of `names`.
    """
    where = {name: module for module, listed in names.items() for name in listed}
    modules, aliases = frozenset(modules), dict(aliases or {})
    public = sorted({*where, *modules, *aliases, *own})
    this = sys.modules[package]
    hidden = frozenset({*where, *aliases})
    for name in hidden & vars(this).keys():  # modules imported before this call
        delattr(this, name)
    this.__class__, this._hidden_modules = _Package, hidden

    def get(name: str) -> Any:
        if name in where:
            value = getattr(importlib.import_module(where[name]), name)
            value = value if finish is None else finish(name, value)
        elif name in modules:
            value = importlib.import_module(f"{package}.{name}")
        elif name in aliases:
            value = getattr(this, aliases[name])
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(this, name, value)
        return value

    return public, get, lambda: public


class Lookup(Mapping[str, Any]):
    """Names and the objects of a package that they stand for, each imported when it is asked for.

    Args:
        package: the package's name.
        attributes: the package's attribute for each name.
    """

    def __init__(self, package: str, attributes: Mapping[str, str]) -> None:
        self._package, self._attributes = package, dict(attributes)

    def __getitem__(self, name: str) -> Any:
        return getattr(sys.modules[self._package], self._attributes[name])

    def __contains__(self, name: object) -> bool:
        return name in self._attributes

    def __iter__(self) -> Iterator[str]:
        return iter(self._attributes)

    def __len__(self) -> int:
        return len(self._attributes)
