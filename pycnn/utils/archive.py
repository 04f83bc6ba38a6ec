"""Unpacking tar and zip archives that need not be trusted.

Only regular files and folders are made, all below the target: an archive with an absolute name, a name with "..", or
a device is refused as a whole. Links inside a tar archive become copies of the file that they name. Everything is
unpacked beside the target first, which appears complete or not at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from pycnn.utils.arguments import error

FORMATS = ("tar", "zip")
Entry = tuple[str, int, Callable[[], IO[bytes]] | None]  # name, size, how to read it; None for a folder


def extract_archive(path: str, folder: str, formats: Sequence[str] = FORMATS) -> bool:
    """Unpack an archive so that `folder` is what it holds; a folder that is there is replaced.

    Args:
        path: the archive.
        folder: where to.
        formats: those to try, of "tar" (also compressed) and "zip".

    Returns:
        False when the file has none of the formats; nothing has changed then.

    Raises:
        ValueError: the archive is damaged, has entries that could be written elsewhere, or more bytes than the disk has
            room for; nothing has changed then.
        OSError: the file cannot be read, or the disk does not take what is in it.
    """
    for name in formats:
        try:
            opened = _OPEN[name](path)
            if opened is None:
                continue
            with opened as archive:
                _unpack(path, list(_ENTRIES[name](path, archive)), folder)
        except _damages() as problem:
            raise ValueError(f"[get_file] {path} must be an undamaged archive; got {problem!r}") from problem
        return True
    return False


def _unpack(path: str, entries: list[Entry], folder: str) -> None:
    import shutil
    import tempfile

    parent = os.path.dirname(os.path.abspath(folder))
    total, room = sum(size for _, size, _ in entries), shutil.disk_usage(parent).free
    if total > room:
        raise error("get_file", f"{path} must fit the {room} bytes that are free", "bytes", total)
    fresh = tempfile.mkdtemp(prefix=".unpacking-", dir=parent)
    try:
        content = os.path.join(fresh, "content")
        os.mkdir(content)
        for name, _, read in entries:
            _write(os.path.join(content, name), read)
        if os.path.lexists(folder):
            os.rename(folder, os.path.join(fresh, "old"))
        os.rename(content, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(target: str, read: Callable[[], IO[bytes]] | None) -> None:
    if read is None:
        os.makedirs(target, exist_ok=True)
        return
    import shutil

    os.makedirs(os.path.dirname(target), exist_ok=True)
    with read() as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)


def _checked(path: str, name: str) -> str:
    """Return the name of an entry that stays below the target."""
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".")]
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or any(":" in part for part in parts):
        raise error("get_file", f"{path} must hold names below its own folder", "name", name)
    return os.path.join(*parts) if parts else ""


def _open_tar(path: str) -> Any:
    import tarfile

    try:
        return tarfile.open(path)
    except tarfile.ReadError:
        return None


def _open_zip(path: str) -> Any:
    import zipfile

    return zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None


def _tar_entries(path: str, archive: Any) -> Iterator[Entry]:
    for member in archive:
        name = _checked(path, member.name)
        if member.isdir():
            yield name, 0, None
            continue
        source = _named_file(path, archive, member)
        yield name, source.size, lambda source=source: archive.extractfile(source)
    while archive.fileobj.read(1 << 20):
        pass  # to the end of the file, where the checksum of compressed ones is


def _named_file(path: str, archive: Any, member: Any) -> Any:
    """Return the regular file that a member is or that its links end at."""
    seen = set()
    while member.issym() or member.islnk():
        target = member.linkname
        if member.issym():  # relative to its own folder; a hard link's name is one of the archive
            target = os.path.normpath(os.path.join(os.path.dirname(member.name), target))
        target = _checked(path, target)
        if target in seen or target not in archive.getnames():
            raise error("get_file", f"links in {path} must lead to one of its files", "name", member.name)
        seen.add(target)
        member = archive.getmember(target)
    if not member.isreg():
        raise error("get_file", f"{path} must hold files, folders and links to its files only", "name", member.name)
    return member


def _zip_entries(path: str, archive: Any) -> Iterator[Entry]:
    for member in archive.infolist():
        name = _checked(path, member.filename)
        if member.is_dir():
            yield name, 0, None
        else:
            yield name, member.file_size, lambda member=member: archive.open(member)


def _damages() -> tuple[type[Exception], ...]:
    """What reading a damaged archive raises, besides OSError."""
    import lzma
    import tarfile
    import zipfile
    import zlib

    # The last two: an encrypted member, a method of compression that Python lacks.
    return (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
        NotImplementedError,
    )


_OPEN = {"tar": _open_tar, "zip": _open_zip}
_ENTRIES = {"tar": _tar_entries, "zip": _zip_entries}
