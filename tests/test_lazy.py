"""Public names that are imported at first use: what an import costs, and that nobody notices otherwise."""

import pickle
import types

import pytest

import pycnn
from pycnn import activations, layers, losses, metrics, ops
from pycnn.utils import lazy

# Prints the modules that are there after these statements and not after `import numpy`.
MODULES = "import numpy, sys; before = set(sys.modules)\n{0}\nprint(*set(sys.modules) - before)"
COMMON = """
from pycnn import Input, Sequential, layers
model = Sequential([
    Input((8, 8, 1)),
    layers.Conv2D(2, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(numpy.zeros((4, 8, 8, 1)), numpy.zeros(4), verbose=0)
"""
HEAVY = (
    "h5py",
    "tqdm",
    "matplotlib",
    "PIL",
    "scipy",
    "difflib",
    "inspect",
    "numpy.random",
    "json",
    "hashlib",
    "asyncio",
)
PACKAGES = [name for name in pycnn.__all__ if isinstance(getattr(pycnn, name, None), types.ModuleType)]


@pytest.mark.parametrize(("statements", "most"), [("import pycnn", 10), (COMMON, 95)])
def test_importing_is_light(elsewhere, statements, most):
    """An import has a price, of some 0.3 ms: what every program imports is counted."""
    modules = elsewhere(MODULES.format(statements)).split()
    assert not set(modules) & set(HEAVY)
    assert len([name for name in modules if name.startswith("pycnn")]) <= most


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_its_names(elsewhere, package):
    """Also if it is imported first, and none is hidden by the module of its name."""
    module = getattr(pycnn, package)
    values = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    assert set(values) <= set(dir(module))
    modules = {name for name, value in values.items() if isinstance(value, types.ModuleType)}
    assert modules == {"optimizers": {"schedules"}, "datasets": set(module.__all__)}.get(package, set())
    if package not in ("visualization", "wrappers"):  # which need more packages
        assert elsewhere(f"from pycnn.{package} import *; print('imported')") == "imported\n"


def test_modules_do_not_hide_functions_of_their_name(elsewhere):
    elsewhere("""
import pycnn.ops.conv, pycnn.layers.dot, pycnn.initializers.constant
from pycnn import initializers, layers, metrics, ops
from pycnn.ops.conv import conv
import pycnn.metrics.accuracy
assert ops.conv.__wrapped__ is conv and ops.conv is ops.conv
assert layers.dot.__name__ == "dot" and metrics.accuracy.__name__ == "accuracy"
assert initializers.constant is initializers.Constant
""")


def test_symbolic_tensors_at_first_use(elsewhere):
    """What computes with them is imported when an operation meets one."""
    elsewhere("from pycnn import Input, ops; assert ops.relu(Input((3,))).shape == (None, 3)")
    elsewhere("""
from pycnn import layers, ops
layer = layers.Dense(2); layer.build((None, 3))
assert ops.add(layer.kernel, 1.0).shape == (3, 2)
""")


def test_unknown_names():
    with pytest.raises(AttributeError, match=r"module 'pycnn\.layers' has no attribute 'Conv4D'"):
        layers.Conv4D  # noqa: B018 - the access is the test
    with pytest.raises(ImportError, match="Conv4D"):
        from pycnn.layers import Conv4D  # noqa: F401
    for get, near in ((losses.get, "huber"), (metrics.get, "recall"), (activations.get, "relu")):
        with pytest.raises(ValueError, match=rf"must be one of .*'{near}'.* \(did you mean .*'{near}'"):
            get(f"{near}x")


def test_other_names_are_the_same_objects():
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert ops.hard_swish is ops.hard_silu
    assert pickle.loads(pickle.dumps(layers.GlobalAvgPool2D)) is layers.GlobalAveragePooling2D


def test_lookup_imports_what_is_asked_for(elsewhere):
    table = lazy.Lookup("pycnn.losses", {"mse": "MeanSquaredError", "none": "Nothing"})
    assert list(table) == ["mse", "none"] and len(table) == 2 and "none" in table and "mae" not in table
    assert table["mse"] is losses.MeanSquaredError and table.get("mae") is None
    imported = elsewhere(MODULES.format("from pycnn import losses; losses.get('mse')")).split()
    assert "pycnn.losses.regression" in imported and "pycnn.losses.focal" not in imported
