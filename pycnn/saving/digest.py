"""SHA-256 over a whole model file, kept inside it.

The metadata entry ``pycnn.sha256`` holds the digest of the file with these 64 digits read as ``0``, so
every bit of the file counts, the length of the header and its padding too. Other readers of safetensors
see an ordinary text. It protects against damage; whoever can change the file can also change the digest.
"""

from __future__ import annotations

import hashlib
import os

from pycnn.saving.errors import ModelFileError
from pycnn.saving.safetensors import LENGTH_BYTES, header_end

KEY = "pycnn.sha256"
BLANK = "0" * 64

# Inside a JSON string a quote follows a backslash, so this can only be the entry itself.
_MARKER = f'"{KEY}":"'.encode()


def seal(data: bytearray) -> None:
    """Write the digest of an encoded file whose metadata has ``{KEY: BLANK}``."""
    begin = _digits_begin(data)
    data[begin : begin + len(BLANK)] = _digest(data, begin)


def verify(data: bytearray, path: str | os.PathLike) -> None:
    """Check the digest of an encoded file.

    Raises:
        ModelFileError: the file has no digest, or is not what was sealed.
    """
    try:
        begin = _digits_begin(data)
    except ValueError as error:
        raise ModelFileError(path, str(error)) from None
    if bytes(data[begin : begin + len(BLANK)]) != _digest(data, begin):
        raise ModelFileError(path, "damaged: the SHA-256 of the file is not the one stored in it")


def _digits_begin(data: bytearray) -> int:
    end = header_end(data)
    begin = data.find(_MARKER, LENGTH_BYTES, end) + len(_MARKER)
    if data.count(_MARKER, LENGTH_BYTES, end) != 1 or data[begin + len(BLANK) : begin + len(BLANK) + 1] != b'"':
        raise ValueError(f"the metadata has no {KEY}: not written by pycnn, or changed since")
    return begin


def _digest(data: bytearray, begin: int) -> bytes:
    view = memoryview(data)
    digest = hashlib.sha256(view[:begin])
    digest.update(BLANK.encode())
    digest.update(view[begin + len(BLANK) :])
    return digest.hexdigest().encode()
