"""Reading a whole regular file into memory of our own.

A mapped file that another process truncates ends this one with SIGBUS; a pipe or a device may never end.
"""

from __future__ import annotations

import os
import stat

from pycnn.saving.errors import ModelFileError

MAX_FILE_BYTES = 8 * 2**30


def read_regular_file(path: str | os.PathLike) -> bytearray:
    """The bytes of the file at `path`, opened once.

    Raises:
        ModelFileError: not a regular file, empty, larger than 8 GiB, or changing size while it is read.
        OSError: it cannot be opened or read.
    """
    # Without O_NONBLOCK opening a pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ModelFileError(path, "not a regular file")
        if status.st_size == 0:
            raise ModelFileError(path, "the file is empty")
        if status.st_size > MAX_FILE_BYTES:
            raise ModelFileError(path, f"{status.st_size} bytes; at most {MAX_FILE_BYTES} are accepted")
        data = bytearray(status.st_size)
        view = memoryview(data)
        filled = 0
        while count := os.readv(descriptor, [view[filled:]]):
            filled += count
        if filled < status.st_size or os.read(descriptor, 1):
            raise ModelFileError(path, f"its size of {status.st_size} bytes changed while it was read")
    finally:
        os.close(descriptor)
    return data
