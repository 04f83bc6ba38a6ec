"""The safetensors format: named arrays and string metadata in one file without code.

    8 bytes   length L of the header, little-endian
    L bytes   JSON: {"__metadata__": {...}, "<name>": {"dtype", "shape", "data_offsets": [begin, end]}, ...}
    the rest  the arrays in C order, little-endian, without gaps

`encode` writes what any safetensors reader accepts; `decode` takes every file within the limits below
whose bytes are all accounted for, and refuses the others. Format: https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pycnn.saving import strict_json
from pycnn.saving.errors import ModelFileError

MAX_HEADER_BYTES = 16 * 2**20
MAX_TENSORS = 65_536
MAX_NAME_BYTES = 512
MAX_RANK = 8
# The header object, the metadata, and per tensor its entry, shape and offsets.
MAX_CONTAINERS = 2 + 3 * MAX_TENSORS

METADATA = "__metadata__"
LENGTH_BYTES = 8

DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("<i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("<u1"),
}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def encode(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytearray:
    """The bytes of a safetensors file.

    Args:
        tensors: arrays of the types in `DTYPES`, any byte order and strides.
        metadata: names and texts.

    Raises:
        ValueError: for what `decode` would refuse.

    >>> import numpy as np
    >>> from pycnn.saving.safetensors import decode, encode
    >>> data = encode({"bias": np.zeros(3, np.float32)}, {"author": "me"})
    >>> decode(data, "example")
    ({'bias': array([0., 0., 0.], dtype=float32)}, {'author': 'me'})
    """
    # Wide types first: every array is aligned, whatever its neighbours.
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    names = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    header: dict[str, Any] = {METADATA: dict(metadata)}
    offset = 0
    for name in names:
        array = arrays[name]
        dtype_name = DTYPE_NAMES.get(array.dtype.newbyteorder("<"))
        if dtype_name is None:
            raise ValueError(f"[encode] tensors must have a dtype of safetensors; got {name!r} of {array.dtype}")
        end = offset + array.nbytes
        header[name] = {"dtype": dtype_name, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end

    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % LENGTH_BYTES)
    try:
        _check_header(strict_json.loads(text, MAX_CONTAINERS), offset)
        if len(text) > MAX_HEADER_BYTES:
            raise ValueError(f"a header of {len(text)} bytes; at most {MAX_HEADER_BYTES} are accepted")
    except ValueError as error:
        raise ValueError(f"[encode] tensors and metadata must fit the format; got {error}") from None

    start = LENGTH_BYTES + len(text)
    data = bytearray(start + offset)
    data[:LENGTH_BYTES] = len(text).to_bytes(LENGTH_BYTES, "little")
    data[LENGTH_BYTES:start] = text
    for name in names:
        _view(data, start, header[name])[...] = arrays[name]
    return data


def decode(data: bytearray, path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the metadata of a safetensors file.

    Args:
        data: the whole file. The arrays are views of it.
        path: named in errors.

    Raises:
        ModelFileError: for anything that is not exactly a safetensors file within the limits.
    """
    try:
        start = header_end(data)
        header = strict_json.loads(bytes(memoryview(data)[LENGTH_BYTES:start]), MAX_CONTAINERS)
        _check_header(header, len(data) - start)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from None
    metadata = header.pop(METADATA, {})
    return {name: _view(data, start, entry) for name, entry in header.items()}, metadata


def header_end(data: bytearray) -> int:
    """Offset of the first byte behind the header.

    Raises:
        ValueError: the file is shorter than its header, or the header exceeds the limit.
    """
    if len(data) < LENGTH_BYTES:
        raise ValueError(f"a file of {len(data)} bytes is too short for a safetensors header")
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if length > MAX_HEADER_BYTES:
        raise ValueError(f"not a safetensors file: a header of {length} bytes; at most {MAX_HEADER_BYTES} are accepted")
    if length > len(data) - LENGTH_BYTES:
        raise ValueError(f"truncated: a header of {length} bytes in a file of {len(data)} bytes")
    return LENGTH_BYTES + length


def _check_header(header: Any, data_bytes: int) -> None:
    if not isinstance(header, dict):
        raise ValueError("the header must be a JSON object")
    metadata = header.get(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError(f"{METADATA} must be an object of strings")
    for text in (*metadata, *metadata.values()):
        _check_unicode(text)
    entries = {name: entry for name, entry in header.items() if name != METADATA}
    if len(entries) > MAX_TENSORS:
        raise ValueError(f"{len(entries)} tensors; at most {MAX_TENSORS} are accepted")
    for name, entry in entries.items():
        _check_name(name)
        _check_entry(name, entry, data_bytes)
    _check_extents(entries, data_bytes)


def _check_unicode(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"the text {text[:40]!r} holds half a surrogate pair") from None


def _check_name(name: str) -> None:
    _check_unicode(name)
    if len(name.encode("utf-8")) > MAX_NAME_BYTES:
        raise ValueError(f"a tensor name of more than {MAX_NAME_BYTES} bytes, {name[:40]!r}...")
    if any(part in ("", ".", "..") for part in name.split("/")) or "\\" in name or not name.isprintable():
        raise ValueError(f"the tensor name {name!r} is not a plain relative path of printable characters")


def _check_entry(name: str, entry: Any, data_bytes: int) -> None:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"tensor {name!r} must have dtype, shape and data_offsets, and nothing else")
    dtype_name, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype_name, str) or dtype_name not in DTYPES:
        raise ValueError(f"tensor {name!r} has a dtype other than {', '.join(DTYPES)}")
    if not _are_sizes(shape):
        raise ValueError(f"the shape of tensor {name!r} must hold integers >= 0")
    if len(shape) > MAX_RANK:
        raise ValueError(f"tensor {name!r} has rank {len(shape)}; at most {MAX_RANK} is accepted")
    if not _are_sizes(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= data_bytes:
        raise ValueError(f"the offsets of tensor {name!r} must be 0 <= begin <= end <= {data_bytes}, the bytes of data")
    needed = math.prod(shape) * DTYPES[dtype_name].itemsize
    if needed != offsets[1] - offsets[0]:
        raise ValueError(
            f"tensor {name!r} of shape {tuple(shape)} needs {needed} bytes, its offsets span {offsets[1] - offsets[0]}"
        )


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)


def _check_extents(entries: Mapping[str, dict], data_bytes: int) -> None:
    covered = 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        if begin != covered:
            problem = "overlaps" if begin < covered else "leaves a hole behind"
            raise ValueError(f"tensor {name!r} at byte {begin} {problem} the one before it, which ends at {covered}")
        covered = end
    if covered != data_bytes:
        raise ValueError(f"{data_bytes - covered} bytes behind the last tensor")


def _view(data: bytearray, start: int, entry: dict) -> np.ndarray:
    begin = start + entry["data_offsets"][0]
    return np.ndarray(tuple(entry["shape"]), DTYPES[entry["dtype"]], buffer=data, offset=begin)
