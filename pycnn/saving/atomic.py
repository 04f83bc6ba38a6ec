"""Replacing a file so that at every moment, power loss included, the old or the new one is there, complete.

A temporary file in the same folder is written, forced to disk and renamed over the old one; then the
folder is forced to disk. Method: T. S. Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from pathlib import Path


def atomic_write(path: str | os.PathLike, data: bytes | bytearray) -> None:
    """Make `data` the content of the file at `path`.

    An existing file keeps its permissions; a symbolic link stays, and the file it names is replaced.
    When this raises, the old file is as it was and nothing else is left in the folder. One exception:
    if the last step fails, forcing the folder to disk, the new file is in place already.

    Raises:
        ValueError: `path` names something other than a regular file.
        OSError: the file cannot be written, for example on a full disk.
    """
    target = Path(os.path.realpath(path))
    mode = _mode_of_existing(target)
    _remove_stale_temporaries(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        temporary = target.with_name(f"{_temporary_prefix(target)}{os.getpid()}.{secrets.token_hex(4)}.tmp")
        try:
            _write_new_file(temporary, data, mode)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        os.fsync(folder)
    finally:
        os.close(folder)


def _mode_of_existing(target: Path) -> int | None:
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"[atomic_write] path must name a regular file; got path={str(target)!r}")
    # The rename would not mind, but whoever made the file read-only does.
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "[atomic_write] path must be writable", str(target))
    return stat.S_IMODE(status.st_mode)


def _write_new_file(path: Path, data: bytes | bytearray, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        # After a failed fsync the kernel may have dropped the pages: trying again proves nothing.
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary_prefix(target: Path) -> str:
    # Shortened: a long name of the file must not make a too long one here.
    return f".{target.name[:32]}.{os.uname().nodename}."


def _remove_stale_temporaries(target: Path) -> None:
    """Remove what processes of this machine left that were killed while writing `target`."""
    name = re.compile(re.escape(_temporary_prefix(target)) + r"(\d+)\.[0-9a-f]{8}\.tmp")
    for entry in os.listdir(target.parent):
        match = name.fullmatch(entry)
        if match and not _is_running(int(match[1])):
            target.with_name(entry).unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
