"""Arrays as IDX files, written from the format's description."""

import math
import struct

import numpy as np

TYPE_BYTES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def header(*shape, type_byte=0x08, rank=None, zeros=b"\0\0"):
    return zeros + struct.pack(f">2B{len(shape)}I", type_byte, len(shape) if rank is None else rank, *shape)


def encode(array):
    big_endian = array.astype(array.dtype.newbyteorder(">"))
    return header(*array.shape, type_byte=TYPE_BYTES[array.dtype.name]) + big_endian.tobytes()


def numbered(shape, dtype="uint8"):
    return (np.arange(math.prod(shape)) % 10).astype(dtype).reshape(shape)
