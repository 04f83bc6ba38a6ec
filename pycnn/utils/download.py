"""Files from the network, kept in a cache, verified, and unpacked if wanted.

A file is in the cache complete and verified or not at all: it is read into a temporary file beside its place, hashed
on the way, and renamed.
"""

from __future__ import annotations

import os
from typing import Any

from pycnn.utils import arguments, console
from pycnn.utils.archive import FORMATS, extract_archive
from pycnn.utils.progbar import Progbar

_SCHEMES = ("http", "https", "ftp", "file")
_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 60.0


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file that is downloaded if it is not in the cache.

    Args:
        fname: its name in the cache; by default the last part of the address. With `extract` the name of the folder,
            or if there is a dot in it, of the archive beside a folder "..._extracted".
        origin: address: http, https, ftp or file.
        untar: as `extract`, for tar archives.
        md5_hash: as `file_hash`, with MD5.
        file_hash: what the file's hash must be, in hexadecimal digits. Give one: nothing else tells that the file is
            the one you mean.
        cache_subdir: folder in the cache; an absolute path stands for itself.
        hash_algorithm: "sha256", "md5", or "auto": SHA-256 when `file_hash` has 64 digits, else MD5.
        extract: unpack the archive and return the path of the folder.
        archive_format: "tar", "zip", a list of them, or "auto" for both.
        cache_dir: the cache; by default the folder in KERAS_HOME, or ~/.keras, whose files are Keras's too.
        force_download: download in any case.

    Raises:
        ValueError: no or an unknown address, a wrong hash, an archive that is none or that is not safe to unpack.
        OSError: the address cannot be read or the file not written. The cache is as before then.

    >>> import pathlib, tempfile
    >>> from pycnn.utils import get_file
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "numbers.txt").write_text("1 2 3")
    >>> path = get_file(origin=(folder / "numbers.txt").as_uri(), cache_dir=folder / "cache",  # doctest: +ELLIPSIS
    ...     file_hash="7c8f5059290305cec8323d79521f0353c9ac308b60cb4c1976340d0ce4a121d5")
    Downloading data from file://...
    >>> pathlib.Path(path).read_text()
    '1 2 3'
    """
    if not isinstance(origin, str) or origin.partition(":")[0].lower() not in _SCHEMES:
        rule = f"origin must be an address that begins with {', '.join(f'{scheme}:' for scheme in _SCHEMES)}"
        raise arguments.error("get_file", rule, "origin", origin)
    arguments.choice("get_file", "hash_algorithm", hash_algorithm, ("auto", "sha256", "md5"))
    formats = _formats("tar" if untar else archive_format)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    algorithm = None
    if file_hash is not None:
        algorithm = hash_algorithm if hash_algorithm != "auto" else "sha256" if len(file_hash) == 64 else "md5"
    folder = os.path.join(_cache(cache_dir), cache_subdir)
    os.makedirs(folder, exist_ok=True)
    target, unpacked = _places(folder, fname, origin, bool(extract or untar))
    downloaded = force_download or not _is_cached(target, file_hash, algorithm)
    if downloaded:
        console.print_message(f"Downloading data from {origin}")
        _download(origin, target, file_hash, algorithm)
    if unpacked is None:
        return target
    if (downloaded or not os.path.isdir(unpacked)) and not extract_archive(target, unpacked, formats):
        raise arguments.error("get_file", f"{target} must be an archive", "archive_format", archive_format)
    return unpacked


def _formats(archive_format: Any) -> tuple[str, ...]:
    if archive_format == "auto":
        return FORMATS
    named = (archive_format,) if isinstance(archive_format, str) else tuple(archive_format or ())
    return tuple(arguments.choice("get_file", "archive_format", name, FORMATS) for name in named)


def _cache(cache_dir: str | os.PathLike | None) -> str:
    return os.path.expanduser(cache_dir or os.environ.get("KERAS_HOME") or os.path.join("~", ".keras"))


def _places(folder: str, fname: Any, origin: str, extract: bool) -> tuple[str, str | None]:
    """Return the paths of the file and of the folder with what it holds, or None; both are named as Keras does."""
    from urllib.parse import unquote, urlsplit

    given = None if fname is None else os.fspath(fname)
    name = given or unquote(os.path.basename(urlsplit(origin).path))
    if not name or name in (".", "..") or os.path.basename(name) != name or "\\" in name or "\0" in name:
        rule = "fname must be the name of a file, without folders" if given else "fname must be given for this origin"
        raise arguments.error("get_file", rule, "fname" if given else "origin", name if given else origin)
    if not extract:
        return os.path.join(folder, name), None
    if given and "." in name:
        return os.path.join(folder, name), os.path.join(folder, f"{name.partition('.')[0]}_extracted")
    return os.path.join(folder, f"{name}_archive"), os.path.join(folder, name)


def _is_cached(path: str, file_hash: str | None, algorithm: str | None) -> bool:
    if not os.path.exists(path):
        return False
    if file_hash is None or _hash_of_file(path, algorithm) == file_hash.lower():
        return True
    console.print_message(f"{path} is in the cache, but with another {algorithm} hash: it is downloaded again")
    return False


def _hash_of_file(path: str, algorithm: str) -> str:
    hasher = _hasher(algorithm)
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def _hasher(algorithm: str) -> Any:
    import hashlib

    return hashlib.new(algorithm, usedforsecurity=False)


def _download(origin: str, target: str, file_hash: str | None, algorithm: str | None) -> None:
    hasher = None if algorithm is None else _hasher(algorithm)
    import secrets

    temporary = os.path.join(os.path.dirname(target), f".downloading-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(descriptor, "wb") as file:
            try:
                _read(origin, file, hasher)
            except OSError as problem:
                raise OSError(f"[get_file] origin could not be read: {problem}; got origin={origin!r}") from problem
            file.flush()
            os.fsync(descriptor)
        if hasher is not None and hasher.hexdigest() != file_hash.lower():
            rule = f"the {algorithm} hash of {origin} must be {file_hash}"
            raise arguments.error("get_file", rule, "hash", hasher.hexdigest())
        os.replace(temporary, target)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _read(origin: str, file: Any, hasher: Any) -> None:
    from urllib.request import urlopen

    with urlopen(origin, timeout=_TIMEOUT_SECONDS) as response:
        length = response.headers.get("Content-Length")
        length = int(length) if length and length.isdecimal() else None
        progress, received = Progbar(length, unit_name="B"), 0
        while chunk := response.read(_CHUNK):
            received += len(chunk)
            file.write(chunk)
            if hasher is not None:
                hasher.update(chunk)
            progress.update(received, finalize=False)
        if length is not None and received < length:
            raise OSError(f"the connection ended after {received} of {length} bytes")
        if console.redraws_lines():
            progress.update(received, finalize=True)
