"""The IDX reader on good, damaged and hostile files."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycnn.datasets import idx
from tests.idx_files import TYPE_BYTES, encode, header, numbered

UNLIMITED = 2**32 - 1


@pytest.fixture(params=["plain", "gzip"])
def pack(request):
    return gzip.compress if request.param == "gzip" else bytes


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="file-idx"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write_file


@pytest.mark.parametrize("dtype", TYPE_BYTES)
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 3, 4), (2, 1, 3, 1), (0,), (0, 28, 28), (4, 0), (1,) * 32])
def test_read_returns_what_was_written(write, pack, dtype, shape):
    array = numbered(shape, dtype)
    read = idx.read(write(pack(encode(array))))
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, array)


def test_read_keeps_extreme_values(write):
    for array in (
        np.array([-128, -1, 0, 127], "int8"),
        np.array([-(2**31), 2**31 - 1], "int32"),
        np.array([np.nan, -np.inf, -0.0, 5e-324], "float64"),
    ):
        assert idx.read(write(encode(array))).tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "truncated"),
        (b"\0\0\x08", "truncated"),
        (header(4, zeros=b"\0\1"), "wrong magic"),
        (header(4, zeros=b"\1\0"), "wrong magic"),
        (b"\x93NUMPY\1\0", "wrong magic"),
        (b"<!DOCTYPE html><html>", "wrong magic"),
        (header(4, type_byte=0x0A) + bytes(4), "wrong magic"),
        (header(4, type_byte=0x00) + bytes(4), "wrong magic"),
        (struct.pack("<2I", 0x00000801, 4) + bytes(4), "wrong magic"),
        (header(rank=0), "rank must be 1 to 32; got rank=0"),
        (header(*[1] * 33) + b"1", "rank must be 1 to 32; got rank=33"),
        (header(4, rank=255), "rank must be 1 to 32; got rank=255"),
        (header(rank=1), "truncated: rank 1 needs 4 bytes of sizes; got 0"),
        (header(2, 3, rank=3) + bytes(3), "truncated: rank 3 needs 12 bytes of sizes; got 11"),
        (header(5) + bytes(4), "truncated"),
        (header(5), "truncated"),
        (header(2, type_byte=0x0E) + bytes(15), "truncated"),
        (header(5) + bytes(6), "oversized"),
        (header(0) + bytes(1), "oversized"),
        (header(3, 0, 5) + bytes(1), "oversized"),
        (header(5) + bytes(4096), "oversized"),
        (header(UNLIMITED) + bytes(100), "truncated or not an IDX file"),
        (header(*[UNLIMITED] * 3) + bytes(100), "truncated or not an IDX file"),
        (header(*[UNLIMITED] * 32) + bytes(100), "truncated or not an IDX file"),
        (header(0, *[UNLIMITED] * 31), "impossible shape"),
    ],
)
def test_read_rejects_damaged_files(write, pack, content, problem):
    path = write(pack(content))
    with pytest.raises(ValueError, match=r"^\[idx\] ") as caught:
        idx.read(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


GOOD_GZIP = gzip.compress(encode(numbered((50, 40))), mtime=0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD_GZIP[:-1], "gzip"),
        (GOOD_GZIP[:-8], "gzip"),
        (GOOD_GZIP[: len(GOOD_GZIP) // 2], "gzip"),
        (GOOD_GZIP[:10], "gzip"),
        (GOOD_GZIP[:3], "gzip"),
        (GOOD_GZIP[:-8] + bytes(8), "gzip"),
        (GOOD_GZIP[:2] + b"\0" + GOOD_GZIP[3:], "gzip"),
        (GOOD_GZIP[:12] + bytes(20) + GOOD_GZIP[32:], "gzip"),
        (GOOD_GZIP + b"trailing", "gzip"),
        (GOOD_GZIP + GOOD_GZIP, "oversized"),
    ],
)
def test_read_rejects_damaged_gzip(write, content, problem):
    path = write(content)
    with pytest.raises(ValueError, match=r"^\[idx\] ") as caught:
        idx.read(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(header(10) + bytes(2**26)),
        gzip.compress(bytes(2**26)),
        gzip.compress(header(2**31) + bytes(10)),
        header(2**31) + bytes(10),
        header(2**16, 2**16, 2**16, type_byte=0x0E) + bytes(10),
    ],
    ids=["bomb after the data", "bomb of zeros", "gzip declares 2 GiB", "declares 2 GiB", "declares 2 PiB"],
)
def test_read_of_hostile_file_takes_little_memory(write, content):
    path = write(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^\[idx\] "):
            idx.read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


@given(start=st.sampled_from([b"", header(2, 3), GOOD_GZIP[:40], GOOD_GZIP]), end=st.binary(max_size=60))
def test_read_of_any_bytes_gives_an_array_or_value_error(tmp_path_factory, start, end):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(start + end)
    try:
        array = idx.read(path)
    except ValueError as error:
        problem = str(error)
    else:
        problem = None
    if problem is not None:
        assert problem.startswith(f"[idx] {path}: ")
    else:
        content = path.read_bytes()
        assert encode(array) == (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


@pytest.mark.parametrize(("make", "error"), [("nothing", FileNotFoundError), ("folder", IsADirectoryError)])
def test_read_leaves_system_errors_alone(tmp_path, make, error):
    path = tmp_path / make
    if make == "folder":
        path.mkdir()
    with pytest.raises(error, match=make):
        idx.read(path)
