"""The reader of HDF5 files agrees with h5py on whatever h5py writes in the old form, and refuses everything else."""

from __future__ import annotations

import contextlib
import io

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycnn.saving import ModelFileError
from pycnn.saving.hdf5_reader import Hdf5File

NAMES = st.text("abcdefghij_0123456789", min_size=1, max_size=12)
ARRAYS = st.builds(
    lambda shape, dtype, seed: np.random.default_rng(seed).integers(0, 100, shape).astype(dtype),
    st.lists(st.integers(0, 5), max_size=4),
    st.sampled_from(["<f4", "<f8", "<f2", ">f4", "i1", "u1", "<i4", "<i8", ">u2"]),
    st.integers(0, 100),
)
TREES = st.recursive(ARRAYS, lambda inner: st.dictionaries(NAMES, inner, max_size=20), max_leaves=60)


def written(fill, **options):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return buffer.getvalue()


def put(group, tree):
    for name, inner in tree.items():
        if isinstance(inner, dict):
            put(group.create_group(name), inner)
        else:
            group.create_dataset(name, data=inner)


def flat(tree, prefix=""):
    for name, inner in tree.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{prefix}{name}/")
        else:
            yield prefix + name, inner


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, TREES, max_size=30))
def test_it_agrees_with_h5py(tree):
    found = Hdf5File(written(lambda file: put(file, tree)), "f.h5").arrays
    expected = dict(flat(tree))
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_large_groups_and_attributes():
    names = [f"layer_{i}" for i in range(3000)]

    def fill(file):
        for name in names:
            file.create_group(name).attrs["name"] = name
        file.attrs["texts"] = np.asarray([name.encode() for name in names[:100]])
        file.attrs["long"] = "ä" * 100_000
        file.attrs["pieces0"], file.attrs["pieces1"] = ["a", "b"], ["c"]
        file.attrs["none"] = np.zeros(0)
        file.attrs["number"] = 3

    root = Hdf5File(written(fill), "f.h5").groups
    assert sorted(root[""].members) == sorted(names)
    assert all(root[name].texts("name") == [name] for name in names)
    assert root[""].texts("texts") == names[:100] and root[""].texts("long") == ["ä" * 100_000]
    assert root[""].texts("pieces") == ["a", "b", "c"] and root[""].texts("none") == []
    assert root[""].texts("missing") is None
    with pytest.raises(ValueError, match="holds numbers"):
        root[""].texts("number")


def external(file):
    file.create_dataset("a", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "a", (4,))
    file.create_virtual_dataset("a", layout)


def circle(file):
    file.create_group("a")["back"] = file["/"]


def named_type(file):
    file["type"] = np.dtype("f4")


REFUSED = {
    "soft link": (lambda file: file.update({"a": h5py.SoftLink("/b")}), "soft link"),
    "external link": (lambda file: file.update({"a": h5py.ExternalLink("/etc/passwd", "b")}), "HDF5"),
    "external data": (external, "another file"),
    "virtual data": (virtual, "data"),
    "name beyond ASCII": (lambda file: file.create_group("é"), "names beyond ASCII"),
    "circle of groups": (circle, "used twice, or in a circle"),
    "second hard link": (lambda file: file.update({"b": file.create_dataset("a", data=[1.0])}), "used twice"),
    "chunks": (lambda file: file.create_dataset("a", (4,), "f4", chunks=(2,)), "chunked or compressed"),
    "compression": (lambda file: file.create_dataset("a", data=np.zeros(99), compression="gzip"), "filtered"),
    "much declared, nothing stored": (lambda file: file.create_dataset("a", (2**40,), "f4"), "in a file of"),
    "no array": (lambda file: file.create_dataset("a", data=h5py.Empty("f4")), "no array"),
    "texts": (lambda file: file.create_dataset("a", data="text"), "array of texts"),
    "compound type": (lambda file: file.create_dataset("a", data=np.zeros(2, "f4,i4")), "class 6"),
    "references": (lambda file: file.create_dataset("a", data=file.ref, dtype=h5py.ref_dtype), "class 7"),
    "truth values": (lambda file: file.create_dataset("a", data=True), "class 8"),
    "rank of 9": (lambda file: file.create_dataset("a", data=np.zeros((1,) * 9)), "rank 9"),
    "named type": (named_type, "neither"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_keras_never_writes_is_refused(case):
    fill, message = REFUSED[case]
    with pytest.raises(ModelFileError, match=message):
        Hdf5File(written(fill), "f.h5")


@pytest.mark.parametrize("version", ["v108", "latest"])
def test_files_in_the_new_form_are_refused(version):
    data = written(lambda file: file.create_dataset("a", data=[1.0]), libver=version)
    with pytest.raises(ModelFileError, match=r"superblock of version .* libver='earliest'"):
        Hdf5File(data, "f.h5")


def test_damaged_files():
    data = written(lambda file: put(file, {"a": np.zeros(3), "g": {"b": np.ones((2, 2), "f4")}}))
    for end in range(0, len(data), 7):
        with pytest.raises(ModelFileError):
            Hdf5File(data[:end], "f.h5")
    for position in range(0, len(data), 3):
        for value in (0, 255):
            changed = bytearray(data)
            changed[position] = value
            with contextlib.suppress(ModelFileError):
                Hdf5File(changed, "f.h5")
