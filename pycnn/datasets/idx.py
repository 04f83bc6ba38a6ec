"""IDX files, the array format of MNIST: two zero bytes, a type byte, the rank, big-endian 32-bit sizes, the elements.

Contract: the declared size is compared with the file before anything of that size is allocated, and a gzip stream is
never decompressed further than one byte past it, so a damaged or hostile file costs no more memory than it promises.
Source of the format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import BinaryIO

import numpy as np

ELEMENT_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"
LARGEST_RANK = 32  # NumPy 1 has no arrays of higher rank
LARGEST_DEFLATE_RATIO = 1032  # 258 bytes from a 2-bit code: no deflate stream expands more


def read(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads one IDX file, gzip-compressed or not (told by its first bytes, not by its name).

    Args:
        path: the file.
    Returns:
        The array in native byte order: uint8, int8, int16, int32, float32 or float64, of the shape in the file.
    Raises:
        ValueError: not an IDX file; truncated; longer than declared; damaged gzip. The message names the file.
        OSError: the file cannot be opened or read.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels-idx1-ubyte"
    >>> _ = path.write_bytes(bytes([0, 0, 0x08, 1, 0, 0, 0, 3, 7, 2, 1]))
    >>> read(path)
    array([7, 2, 1], dtype=uint8)
    """
    with open(path, "rb") as file:
        stored_bytes = os.fstat(file.fileno()).st_size
        compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        if not compressed:
            return _read_array(file, path, largest=stored_bytes)
        with gzip.GzipFile(fileobj=file) as stream:
            try:
                return _read_array(stream, path, largest=stored_bytes * LARGEST_DEFLATE_RATIO)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(f"[idx] {path}: damaged or truncated gzip file ({error})") from error


def _read_array(stream: BinaryIO, path: str | os.PathLike[str], largest: int) -> np.ndarray:
    dtype, shape = _read_header(stream, path)
    declared = math.prod(shape) * dtype.itemsize
    if declared > largest:
        raise ValueError(
            f"[idx] {path}: truncated or not an IDX file: shape {shape} of {dtype.name} needs {declared} bytes; "
            f"the file cannot hold more than {largest}"
        )
    try:
        array = np.empty(shape, dtype)
    except ValueError as error:  # sizes that overflow although another one is zero
        raise ValueError(f"[idx] {path}: impossible shape {shape} ({error})") from error
    received = _fill(stream, array)
    if received < declared:
        raise ValueError(
            f"[idx] {path}: truncated: shape {shape} of {dtype.name} needs {declared} bytes of elements; got {received}"
        )
    if stream.read(1):
        raise ValueError(f"[idx] {path}: oversized: more bytes follow the {declared} of shape {shape} of {dtype.name}")
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: BinaryIO, path: str | os.PathLike[str]) -> tuple[np.dtype, tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise ValueError(f"[idx] {path}: truncated: an IDX file starts with 4 magic bytes; got {len(magic)}")
    zeros, element_type, rank = magic[:2], magic[2], magic[3]
    if zeros != b"\0\0" or element_type not in ELEMENT_TYPES:
        raise ValueError(
            f"[idx] {path}: wrong magic: an IDX file starts with 00 00 and an element type (08, 09, 0b, 0c, 0d or 0e); "
            f"got {magic.hex(' ')}"
        )
    if not 1 <= rank <= LARGEST_RANK:
        raise ValueError(f"[idx] {path}: the rank must be 1 to {LARGEST_RANK}; got rank={rank}")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise ValueError(f"[idx] {path}: truncated: rank {rank} needs {4 * rank} bytes of sizes; got {len(sizes)}")
    return np.dtype(ELEMENT_TYPES[element_type]), tuple(np.frombuffer(sizes, ">u4").tolist())


def _fill(stream: BinaryIO, array: np.ndarray) -> int:
    """Reads into the array's own memory until it is full or the stream ends; returns the bytes received."""
    if array.size == 0:
        return 0
    target = memoryview(array.reshape(-1).view(np.uint8))
    received = 0
    while received < len(target):
        count = stream.readinto(target[received:])
        if not count:
            break
        received += count
    return received
