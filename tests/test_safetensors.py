"""The safetensors codec, the strict JSON below it and the digest: round trips, the reference package, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pycnn.saving import ModelFileError, digest, strict_json
from pycnn.saving import safetensors as codec
from pycnn.saving.regular_file import read_regular_file

ARRAYS = {
    "scalar": np.float32(3.5),
    "empty": np.zeros((0, 3), np.float32),
    "conv2d/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "odd/bytes": np.arange(3, dtype=np.uint8),
    "not finite": np.array([np.nan, np.inf, -0.0]),
    "größe": np.array([-(2**63), 2**63 - 1]),
    "rank/eight": np.ones((1,) * 8, np.int16),
}
METADATA = {"text": 'quotes " \\ and \u20ac', "pycnn.sha256": digest.BLANK}


def raw(header: bytes | str, data: bytes = b"", length: int | None = None) -> bytearray:
    """A file of this header text and data, whatever they are."""
    header = header.encode() if isinstance(header, str) else header
    length = len(header) if length is None else length
    return bytearray(length.to_bytes(8, "little") + header + data)


def entry(shape="[1]", begin="0", end="4", dtype='"F32"', name="a") -> str:
    return f'"{name}":{{"dtype":{dtype},"shape":{shape},"data_offsets":[{begin},{end}]}}'


def one(data: int = 4, **fields: str) -> bytearray:
    return raw("{" + entry(**fields) + "}", bytes(data))


def two(first: tuple[str, str], second: tuple[str, str], data: int = 8) -> bytearray:
    begin, end = zip(first, second, strict=True)
    entries = (entry(begin=begin[i], end=end[i], name="ab"[i]) for i in range(2))
    return raw("{" + ",".join(entries) + "}", bytes(data))


def test_arrays_and_metadata_survive():
    arrays, metadata = codec.decode(codec.encode(ARRAYS, METADATA), "file")
    assert metadata == METADATA
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
        hnp.arrays(st.sampled_from(list(codec.DTYPES.values())), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0)),
        max_size=5,
    )
)
def test_every_dtype_and_shape_survives_here_and_in_the_reference_package(arrays):
    data = codec.encode(arrays, {})
    for decoded in (codec.decode(data, "file")[0], safetensors.numpy.load(bytes(data))):
        assert set(decoded) == set(arrays)
        for name, array in arrays.items():
            assert decoded[name].dtype == array.dtype and decoded[name].shape == array.shape
            assert decoded[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("layout", ["fortran", "reversed", "big-endian", "misaligned", "read-only"])
def test_any_memory_layout_is_written(layout):
    expected = np.arange(12, dtype=np.float32).reshape(3, 4)
    unaligned = np.zeros(49, np.uint8)[1:].view(np.float32).reshape(3, 4)
    unaligned[...] = expected
    read_only = expected.copy()
    read_only.flags.writeable = False
    array = {
        "fortran": np.asfortranarray(expected),
        "reversed": expected[::-1, ::-1].copy()[::-1, ::-1],
        "big-endian": expected.astype(">f4"),
        "misaligned": unaligned,
        "read-only": read_only,
    }[layout]
    decoded = codec.decode(codec.encode({"a": array}, {}), "file")[0]["a"]
    np.testing.assert_array_equal(decoded, expected)
    assert decoded.dtype == np.dtype("<f4")


def test_the_reference_package_reads_ours_and_we_read_its(tmp_path):
    path = tmp_path / "file.safetensors"
    path.write_bytes(codec.encode(ARRAYS, METADATA))
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == METADATA
        for name in ARRAYS:
            np.testing.assert_array_equal(file.get_tensor(name), ARRAYS[name])
    safetensors.numpy.save_file({name: np.asarray(array) for name, array in ARRAYS.items()}, path, METADATA)
    arrays, metadata = codec.decode(read_regular_file(path), path)
    assert metadata == METADATA
    for name in ARRAYS:
        np.testing.assert_array_equal(arrays[name], ARRAYS[name])


BAD_TENSORS = {
    "complex": ({"a": np.zeros(1, complex)}, {}, "complex128"),
    "bool": ({"a": np.zeros(1, bool)}, {}, "bool"),
    "object": ({"a": np.array([None])}, {}, "object"),
    "structured": ({"a": np.zeros(1, [("x", "f4")])}, {}, "dtype"),
    "rank 9": ({"a": np.zeros((1,) * 9)}, {}, "rank 9"),
    "parent folder": ({"../a": np.zeros(1)}, {}, r"\.\./a"),
    "reserved name": ({"__metadata__": np.zeros(1)}, {}, "__metadata__"),
    "long name": ({"a" * 513: np.zeros(1)}, {}, "512 bytes"),
    "half a surrogate pair": ({"\ud800": np.zeros(1)}, {}, "UTF-8"),
    "metadata not text": ({}, {"a": 1}, "strings"),
    "too many tensors": ({str(i): np.zeros(0) for i in range(65_537)}, {}, "at most"),
    "header too long": ({}, {"a": " " * 2**24}, "16777216"),
}


@pytest.mark.parametrize("case", BAD_TENSORS)
def test_what_could_not_be_read_again_is_not_written(case):
    tensors, metadata, message = BAD_TENSORS[case]
    with pytest.raises(ValueError, match=r"\[encode\].*" + message):
        codec.encode(tensors, metadata)


MAX_HEADER = codec.MAX_HEADER_BYTES

REFUSED = {
    "empty file": (b"", "0 bytes is too short"),
    "seven bytes": (b"\2\0\0\0\0\0\0", "7 bytes is too short"),
    "length beyond the file": (raw("{}", length=3), "truncated"),
    "length 2**64 - 1": (raw("{}", length=2**64 - 1), "at most"),
    "length 2**63": (raw("{}", length=2**63), "at most"),
    "header over the limit": (raw(b" " * (MAX_HEADER + 1)), "at most"),
    "no header": (raw(""), "not JSON"),
    "not UTF-8": (raw(b'{"\xff":1}'), "not UTF-8 at byte 2"),
    "overlong UTF-8": (raw(b'{"\xc0\xaf":1}'), "not UTF-8"),
    "a picture": (bytearray(b"\x89PNG\r\n\x1a\n" + bytes(100)), "not a safetensors file"),
    "a zip archive": (bytearray(b"PK\3\4\x14\0\0\0" + bytes(100)), "not a safetensors file"),
    "not JSON": (raw("hello"), "not JSON"),
    "two values": (raw("{} {}"), "not JSON"),
    "trailing comma": (raw('{"__metadata__":{},}'), "not JSON"),
    "byte order mark": (raw(b"\xef\xbb\xbf{}"), "not JSON"),
    "comment": (raw("{/**/}"), "not JSON"),
    "control character in a text": (raw('{"a\n":{}}'), "not JSON"),
    "array instead of object": (raw("[]"), "must be a JSON object"),
    "number instead of object": (raw("1"), "must be a JSON object"),
    "100,000 arrays deep": (raw("[" * 100_000), "levels deep"),
    "65 objects deep": (raw('{"a":' * 65 + "1" + "}" * 65), "65 levels deep"),
    "deep behind a quoted quote": (raw(r'{"\\\"":' + "[" * 5_000), "levels deep"),
    "a million arrays": (raw("[" + "[]," * 1_000_000 + "[]]"), "1000002 objects and arrays"),
    "integer of a million digits": (one(shape="[" + "9" * 1_000_000 + "]"), "at most 19 digits"),
    "negative integer of a million digits": (one(shape="[-" + "9" * 1_000_000 + "]"), "at most 19 digits"),
    "NaN as size": (one(shape="[NaN]"), "NaN"),
    "Infinity as size": (one(shape="[Infinity]"), "Infinity"),
    "1e400 as size": (one(shape="[1e400]"), "too large"),
    "-0 as size": (one(shape="[-0]"), "-0"),
    "1.0 as size": (one(shape="[1.0]"), "integers >= 0"),
    "true as size": (one(shape="[true]"), "integers >= 0"),
    "text as size": (one(shape='["1"]'), "integers >= 0"),
    "null as size": (one(shape="[null]"), "integers >= 0"),
    "negative size": (one(shape="[-1]"), "integers >= 0"),
    "two negative sizes": (one(shape="[-1,-1]"), "integers >= 0"),
    "shape is a number": (one(shape="1"), "integers >= 0"),
    "shape is an object": (one(shape="{}"), "integers >= 0"),
    "size product over 2**64": (one(shape="[4294967296,4294967296,4]", end="4"), "needs 295147905179352825856 bytes"),
    "size product wrapping to 4": (one(shape="[4611686018427387905]"), "needs 18446744073709551620 bytes"),
    "more elements than bytes": (one(shape="[2]"), "needs 8 bytes"),
    "fewer elements than bytes": (one(shape="[0]"), "needs 0 bytes"),
    "rank 9": (one(shape="[1,1,1,1,1,1,1,1,1]"), "rank 9"),
    "rank 10,000": (one(shape="[" + "1," * 9_999 + "1]"), "rank 10000"),
    "begin after end": (one(begin="4", end="0"), "begin <= end"),
    "negative begin": (one(begin="-4", end="0"), "begin <= end"),
    "end beyond the data": (one(end="8", shape="[2]"), "end <= 4"),
    "end beyond 2**63": (one(end="9223372036854775808"), "end <= 4"),
    "offset is a float": (one(end="4.0"), "begin <= end"),
    "offset is a text": (one(end='"4"'), "begin <= end"),
    "three offsets": (one(end="4,4"), "begin <= end"),
    "no data": (one(data=0), "end <= 0"),
    "overlap": (two(("0", "4"), ("2", "6"), data=6), "overlaps"),
    "the same bytes twice": (two(("0", "4"), ("0", "4"), data=4), "overlaps"),
    "hole at the start": (one(data=8, begin="4", end="8"), "hole"),
    "hole between tensors": (two(("0", "4"), ("6", "10"), data=10), "hole"),
    "bytes behind the last tensor": (one(data=5), "1 bytes behind"),
    "data without tensors": (raw("{}", b"PK"), "2 bytes behind"),
    "tensor twice": (raw("{" + entry() + "," + entry() + "}", bytes(4)), "'a' occurs twice"),
    "tensor twice, escaped": (raw("{" + entry() + "," + entry(name=r"\u0061") + "}", bytes(4)), "'a' occurs twice"),
    "dtype twice": (raw('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), "'dtype' occurs"),
    "metadata twice": (raw('{"__metadata__":{},"__metadata__":{}}'), "'__metadata__' occurs twice"),
    "metadata not an object": (raw('{"__metadata__":[]}'), "object of strings"),
    "metadata of numbers": (raw('{"__metadata__":{"a":1}}'), "object of strings"),
    "metadata of objects": (raw('{"__metadata__":{"a":{}}}'), "object of strings"),
    "metadata with half a pair": (raw(r'{"__metadata__":{"a":"\udc00"}}'), "surrogate"),
    "tensor is a number": (raw('{"a":1}'), "dtype, shape and data_offsets"),
    "tensor without dtype": (raw('{"a":{"shape":[0],"data_offsets":[0,0]}}'), "dtype, shape and data_offsets"),
    "tensor with more": (raw("{" + entry()[:-1] + ',"url":"x"}}', bytes(4)), "nothing else"),
    "dtype BOOL": (one(dtype='"BOOL"', end="1", data=1), "dtype other than"),
    "dtype BF16": (one(dtype='"BF16"', end="2", data=2), "dtype other than"),
    "dtype F8_E4M3": (one(dtype='"F8_E4M3"', end="1", data=1), "dtype other than"),
    "dtype of NumPy": (one(dtype='"object"'), "dtype other than"),
    "dtype is a number": (one(dtype="4"), "dtype other than"),
    "dtype is an array": (one(dtype='["F32"]'), "dtype other than"),
    "name empty": (one(name=""), "plain relative path"),
    "name with NUL": (one(name=r"a\u0000"), "plain relative path"),
    "name with a line break": (one(name=r"a\nb"), "plain relative path"),
    "name of the parent folder": (one(name=".."), "plain relative path"),
    "name through the parent folder": (one(name="a/../b"), "plain relative path"),
    "absolute name": (one(name="/etc/passwd"), "plain relative path"),
    "name with a backslash": (one(name=r"a\\b"), "plain relative path"),
    "name with an empty part": (one(name="a//b"), "plain relative path"),
    "name with half a pair": (one(name=r"\ud800"), "surrogate"),
    "name of a megabyte": (one(name="a" * 2**20), "512 bytes"),
    "too many tensors": (
        raw("{" + ",".join(entry("[0]", end="0", name=str(i)) for i in range(65_537)) + "}"),
        "objects and arrays",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_damaged_or_malicious_file_is_refused(case):
    data, reason = REFUSED[case]
    with pytest.raises(ModelFileError) as caught:
        codec.decode(bytearray(data), "folder/model.pycnn")
    assert reason in caught.value.reason
    assert caught.value.path == "folder/model.pycnn"
    assert len(str(caught.value)) < 1000


@settings(deadline=None)
@given(st.binary(max_size=64), st.integers(0, 80))
def test_random_bytes_are_refused_and_never_crash(data, length):
    with pytest.raises(ModelFileError):
        codec.decode(raw(b"{" + data, b"x", length), "file")


@settings(deadline=None)
@given(st.data())
def test_a_changed_header_is_refused_or_describes_the_same_bytes(data):
    valid = codec.encode({"a": np.arange(3, dtype=np.float32), "b": np.arange(2)}, {"key": "value"})
    start = codec.header_end(valid)
    position = data.draw(st.integers(8, start - 1))
    valid[position] = data.draw(st.integers(0, 255))
    try:
        arrays, _ = codec.decode(valid, "file")
    except ModelFileError:
        return
    assert sum(array.nbytes for array in arrays.values()) == len(valid) - start


def test_every_flipped_bit_is_refused():
    sealed = codec.encode({"a": np.arange(3, dtype=np.float32), "b": np.zeros(1, np.uint8)}, METADATA)
    digest.seal(sealed)
    digest.verify(sealed, "file")
    for bit in range(8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ModelFileError):
            codec.decode(damaged, "file")
            digest.verify(damaged, "file")


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"pycnn.sha256": "short"},
        {"pycnn.sha256": digest.BLANK[:-1]},
        {"pycnn.sha256": digest.BLANK + "0"},
        {"pycnn.sha512": digest.BLANK},
        {"text": f'"pycnn.sha256":"{digest.BLANK}"'},
    ],
)
def test_a_file_without_a_proper_digest_is_refused(metadata):
    data = codec.encode({"pycnn.sha256": np.zeros(1)}, metadata)
    with pytest.raises(ModelFileError, match=r"pycnn\.sha256"):
        digest.verify(data, "file")


def test_the_digest_is_the_documented_one():
    import hashlib

    sealed = codec.encode({"a": np.ones(5)}, METADATA)
    blank = bytes(sealed)
    digest.seal(sealed)
    stored = codec.decode(sealed, "file")[1]["pycnn.sha256"]
    assert stored == hashlib.sha256(blank).hexdigest()
    assert bytes(sealed).replace(stored.encode(), digest.BLANK.encode()) == blank


@settings(deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**62), 2**62)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_strict_json_reads_what_json_writes(value):
    for ascii_only in (False, True):
        text = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert strict_json.loads(text, max_containers=1000) == value
