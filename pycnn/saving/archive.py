"""The zip archive of a `.keras` file: three stored members, written in Keras's order, read with suspicion.

Nothing is ever extracted to disk. Before a member is decompressed every entry's place, size and name have been
checked: against each other, against the file, and against the copy in front of the member.
Format: PKWARE, .ZIP File Format Specification, section 4.3.
"""

from __future__ import annotations

import codecs
import io
import os
import struct
import time
import zipfile
import zlib
from collections.abc import Mapping

from pycnn.saving.errors import ModelFileError

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"

MAX_ENTRIES = 1000
MAX_RATIO = 100
MAX_MEMBER_BYTES = 8 * 2**30
END_BYTES, LOCAL_BYTES = 22, 30
ENCRYPTED, SIZES_FOLLOW = 1, 8
UNKNOWN_SIZE = 2**32 - 1
SYMBOLIC_LINK = 0o120000

# Names of members may be in this code, which Python would import at the first file.
codecs.lookup("cp437")

# A zip file cannot hold earlier times; Keras gives its texts this one.
FIRST_TIME = (1980, 1, 1, 0, 0, 0)


def write_archive(members: Mapping[str, bytes]) -> bytearray:
    """Return the bytes of an archive with these members, in this order, not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            moment = time.localtime()[:6] if name == WEIGHTS else FIRST_TIME
            archive.writestr(zipfile.ZipInfo(name, moment), data)
    return bytearray(buffer.getbuffer())


def read_archive(data: bytes | bytearray, path: str | os.PathLike) -> dict[str, bytes]:
    """Return the members of a `.keras` file that carry the model: those named above; others are left alone.

    Raises:
        ModelFileError: the archive is damaged, ambiguous, or made to do harm.
    """
    try:
        if len(data) < END_BYTES or not bytes(data[-END_BYTES:]).startswith(b"PK\5\6"):
            raise ValueError("the archive's directory is not at the end of the file")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, data, archive.start_dir)
            return {
                entry.filename: archive.read(entry)
                for entry in entries
                if entry.filename in (METADATA, CONFIG, WEIGHTS)
            }
    except (
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ModelFileError(path, f"not a readable .keras archive: {error}") from None


def _check(entries: list[zipfile.ZipInfo], data: bytes | bytearray, directory: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"{len(entries)} members; at most {MAX_ENTRIES} are accepted")
    seen: set[str] = set()
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        _check_name(entry)
        if entry.filename in seen:
            raise ValueError(f"two members named {entry.filename[:80]!r}")
        seen.add(entry.filename)
        if entry.header_offset < end or (not end and entry.header_offset):
            raise ValueError(f"the member {entry.filename[:80]!r} overlaps another, or follows other contents")
        end = _checked_end(entry, data)
    if end > directory:
        raise ValueError("the last member reaches into the archive's directory")


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = name.removesuffix("/").split("/")
    if "\\" in name or ":" in name or not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"the member name {name[:80]!r} is not a plain relative path")
    if entry.orig_filename != name:
        raise ValueError(f"the member name {name[:80]!r} holds a zero")
    if (entry.external_attr >> 16) & 0o170000 == SYMBOLIC_LINK:
        raise ValueError(f"the member {name[:80]!r} is a symbolic link")


def _checked_end(entry: zipfile.ZipInfo, data: bytes | bytearray) -> int:
    """Where a member ends, after its sizes were compared with the file and with its local header."""
    name = entry.filename
    if entry.flag_bits & ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"the member {name!r} is encrypted or compressed in an unusual way")
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise ValueError(f"the member {name!r} is not compressed and yet has two sizes")
    if entry.file_size > MAX_MEMBER_BYTES or entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ValueError(f"the member {name!r} would expand from {entry.compress_size} to {entry.file_size} bytes")
    begin = entry.header_offset
    fields = struct.unpack_from("<4s5H3I2H", data, begin)
    signature, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = fields
    stored_name = bytes(data[begin + LOCAL_BYTES : begin + LOCAL_BYTES + name_bytes])
    # Sizes that follow the member, or stand in its extra field, are not repeated here.
    elsewhere = flags & SIZES_FOLLOW or UNKNOWN_SIZE in (packed, size)
    same = (crc, packed, size) == (entry.CRC, entry.compress_size, entry.file_size)
    if signature != b"PK\3\4" or method != entry.compress_type or not (elsewhere or same):
        raise ValueError(f"the member {name!r} and the archive's directory do not agree")
    if stored_name not in (name.encode("utf-8"), name.encode("cp437", "replace")):
        raise ValueError(f"the member {name!r} has another name in the archive's directory")
    return begin + LOCAL_BYTES + name_bytes + extra_bytes + entry.compress_size
