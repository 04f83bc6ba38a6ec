"""The examples in the documentation of every module run and print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import pycnn

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(pycnn.__path__, "pycnn.")
    if module.name.rpartition(".")[2] not in ("_core", "_augment", "__main__")
)
PACKAGES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "utils",
    "verify",
)


@pytest.mark.parametrize("name", ["pycnn", *MODULES])
def test_examples(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def documented():
    """Every public class and function with the name under which users know it."""
    for package in PACKAGES:
        module = getattr(pycnn, package)
        for name in module.__all__:
            yield pytest.param(getattr(module, name), id=f"{package}.{name}")


@pytest.mark.parametrize("thing", list(documented()))
def test_everything_public_is_documented(thing):
    assert thing.__doc__ and thing.__doc__.strip()


def test_examples_exist():
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [importlib.import_module(name) for name in MODULES]
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 150
