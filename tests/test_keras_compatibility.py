"""The program behind docs/keras-compatibility.md sees what a user would. It says itself what is out of date."""

import pytest

from tests.keras_compatibility.compare import differences
from tests.keras_compatibility.surface import described_object, members
from tests.keras_compatibility.table import TABLE, instead, keras_surface, left_out, rows


@pytest.mark.parametrize(
    ("keras", "ours", "expected"),
    [
        ("function(x, y=1)", "function(x, y=1)", []),
        ("function(x, y=1)", "function(x, y=1, z=2, *, w=3)", []),
        ("function(x, y=1)", "function(x)", ["without y"]),
        ("function(x, y=1, z=2)", "function(x)", ["without y, z"]),
        ("function(x, y=1)", "function(x, **more)", []),
        ("function(x, y=1)", "function(x, *, y=1)", ["y by keyword only"]),
        ("function(x, *, y=1)", "function(x, y=1)", []),
        ("function(x, y=1)", "function(x, y=2)", ["y=2, not 1"]),
        ("function(x, y=1)", "function(x, y)", ["y must be given"]),
        ("function(x, y)", "function(x, y=3)", []),
        ("function(x, y=1, z=2)", "function(x, z=2, y=1)", ["y at place 3, not 2", "z at place 2, not 3"]),
        ("function(x)", "function(x, y)", ["y must be given"]),
        ("function(x)", "function(w, x)", ["x at place 2, not 1", "w must be given"]),
        ("function(*args, **kwargs)", "function(x, y=1)", []),
        ("function(x=(2, 2))", "function(x=2)", []),
        ("function(x=((1, 1), (1, 1)))", "function(x=1)", []),
        ("function(x=(1, 2))", "function(x=1)", ["x=1, not (1, 2)"]),
        ("function(x='Zeros')", "function(x='zeros')", []),
        ("function(x=1.0)", "function(x=1)", []),
        ("function(x=None)", "function(x=1)", ["x=1, not None"]),
        ("function(name='a')", "function(name=None)", []),
        ("value", "function(x)", []),
        ("class()", "class(x=1)", []),
    ],
)
def test_differences(keras, ours, expected):
    assert differences(keras, ours) == expected


class Base:
    """Described apart from those below it when it has the name of a compared class."""

    def inherited(self, a):
        pass

    @property
    def value(self):
        pass


class Child(Base):
    def __init__(self, x, *more, y=(1, 2), **options):
        self.attribute = 1

    @classmethod
    def make(cls, config=None):
        pass

    def _hidden(self):
        pass


def test_descriptions():
    assert described_object(Child) == "class(x, *more, y=(1, 2), **options)"
    assert described_object(Base) == "class()"
    assert described_object(lambda x, *, y=float, z=lambda: 1: 0) == "function(x, *, y=float, z=function)"
    assert described_object(pytest) == "module" and described_object(3) == ""
    expected = {"inherited": "method(a)", "make": "method(config=None)", "value": "value"}
    assert members(Child, None, True) == expected
    assert members(Child, Child(1), True) == {"attribute": "value", **expected}


def test_the_rows_of_the_table():
    keras = keras_surface()
    listed = {(section, name): (status, text) for section, name, status, text in rows(keras)}
    assert listed["layers", "Conv2D"] == ("yes", "")
    assert listed["layers", "Lambda"][0] == "no" and "own" in listed["layers", "Lambda"][1]
    assert listed["callbacks", "TensorBoard"][0] == "differs"
    assert ("layers", "LSTM") not in listed and left_out("layers.LSTM") == "recurrent networks"
    assert instead("ops.arange", keras) == "numpy's function of that name" and instead("ops.nothing", keras) is None
    assert len(listed) > 1000 and {status for status, _ in listed.values()} == {"yes", "differs", "no"}


def test_the_table_is_there():
    text = TABLE.read_text()
    assert text.startswith("# Keras compatibility\n") and f"Keras {keras_surface()['version']}" in text
    assert all(line.count(" | ") == 2 for line in text.splitlines() if line.startswith("| `"))
