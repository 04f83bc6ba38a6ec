"""The messages that describe one HDF5 object: data type, shape, place of the data, attributes.

Parts of the HDF5 file format that files of Keras consist of, each read from bytes that are known to be there; whatever
else the format offers (chunks, filters, external files, virtual data, shared types) is refused.
Source: The HDF Group, HDF5 File Format Specification, version 3.0, section IV.
"""

from __future__ import annotations

import math
import struct
from typing import NamedTuple

import numpy as np

MAX_RANK = 8
UNDEFINED_ADDRESS = 2**64 - 1

FIXED_POINT, FLOATING_POINT, STRING, VARIABLE_LENGTH = 0, 1, 3, 9


class Type(NamedTuple):
    """A data type: its class, bytes an element, and the NumPy type of numbers (None of texts)."""

    kind: int
    size: int
    dtype: np.dtype | None


class Attribute(NamedTuple):
    """An attribute as stored: its type, shape and the bytes of its elements."""

    type: Type
    shape: tuple[int, ...]
    data: memoryview


def datatype(body: memoryview) -> Type:
    """The type that a datatype message describes.

    Raises:
        ValueError: neither an integer, nor a floating-point number of IEEE 754, nor a text.
    """
    head, bits, _, _, size = struct.unpack_from("<BBBBI", body)
    kind = head & 15
    if head >> 4 not in (1, 2, 3):
        raise ValueError(f"a data type of version {head >> 4}")
    if kind == STRING:
        return Type(kind, size, None)
    if kind == VARIABLE_LENGTH and bits & 15 == 1:
        return Type(kind, size, None)
    order = ">" if bits & 1 else "<"
    if kind == FIXED_POINT and size in (1, 2, 4, 8):
        if struct.unpack_from("<HH", body, 8) != (0, 8 * size):
            raise ValueError("integers that do not fill their bytes")
        return Type(kind, size, np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}"))
    if kind == FLOATING_POINT and size in (2, 4, 8):
        # Bit offset and precision; place and size of exponent and mantissa; bias of the exponent.
        exponent, mantissa, bias = {2: (5, 10, 15), 4: (8, 23, 127), 8: (11, 52, 1023)}[size]
        layout = (0, 8 * size, mantissa, exponent, 0, mantissa, bias)
        if bits & 64 or struct.unpack_from("<HHBBBBI", body, 8) != layout:
            raise ValueError("floating-point numbers other than those of IEEE 754")
        return Type(kind, size, np.dtype(f"{order}f{size}"))
    raise ValueError(f"a data type of class {kind} and {size} bytes; numbers and texts are accepted")


def dataspace(body: memoryview) -> tuple[int, ...]:
    """The shape that a dataspace message describes.

    Raises:
        ValueError: no array, or one of too many axes.
    """
    version, rank, _, kind = struct.unpack_from("<BBBB", body)
    if version not in (1, 2) or (version == 2 and kind > 1):
        raise ValueError(f"a data space of version {version} that is no array")
    if rank > MAX_RANK:
        raise ValueError(f"an array of rank {rank}; at most {MAX_RANK} is accepted")
    return struct.unpack_from(f"<{rank}Q", body, 8 if version == 1 else 4)


def elements(shape: tuple[int, ...], limit: int) -> int:
    """The number of elements of a shape.

    Raises:
        ValueError: more than `limit`.
    """
    count = math.prod(shape)
    if count > limit:
        raise ValueError(f"an array of shape {shape} in a file of {limit} bytes")
    return count


def layout(body: memoryview) -> tuple[int, int] | memoryview:
    """(address, bytes) of contiguous data, or the data themselves when the message holds them.

    Raises:
        ValueError: data in chunks, virtual data, or another version.
    """
    version, kind = struct.unpack_from("<BB", body)
    if version != 3 or kind > 1:
        stored = {2: "chunked or compressed", 3: "virtual"}.get(kind, "unknown")
        raise ValueError(f"{stored} data; Keras writes plain contiguous ones")
    if kind == 0:
        (size,) = struct.unpack_from("<H", body, 2)
        data = body[4 : 4 + size]
        if len(data) != size:
            raise ValueError("compact data that exceed their message")
        return data
    return struct.unpack_from("<QQ", body, 2)


def attribute(body: memoryview) -> tuple[str, Attribute]:
    """Name and contents of an attribute message.

    Raises:
        ValueError: lengths that exceed the message, shared types, or a type that `datatype` refuses.
    """
    version, flags, name_size, type_size, space_size = struct.unpack_from("<BBHHH", body)
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise ValueError(f"an attribute of version {version} with flags {flags}")
    parts, begin = [], 9 if version == 3 else 8
    for size in (name_size, type_size, space_size):
        part = body[begin : begin + size]
        if len(part) != size:
            raise ValueError("an attribute that exceeds its message")
        parts.append(part)
        begin += -(-size // 8) * 8 if version == 1 else size
    name = bytes(parts[0]).split(b"\0", 1)[0].decode("utf-8")
    stored, shape = datatype(parts[1]), dataspace(parts[2])
    size = elements(shape, len(body)) * stored.size
    data = body[begin : begin + size]
    if len(data) != size:
        raise ValueError(f"the attribute {name!r} exceeds its message")
    return name, Attribute(stored, shape, data)
