"""Bad archives: what zip files can be made to mean."""

from __future__ import annotations

import os
import struct
import zipfile

from tests.malicious import CONFIG, WEIGHTS, members, zipped


def bytes_changed(change):
    """A change of the file's bytes."""

    def apply(path):
        path.write_bytes(bytes(change(bytearray(path.read_bytes()))))

    return apply


def put(data, position, layout, *values):
    struct.pack_into(layout, data, position, *values)
    return data


def local(data, name):
    """Where the local header of a member begins."""
    return data.index(name.encode()) - 30


def central(data, name):
    """Where the entry of a member in the directory begins."""
    return data.rindex(name.encode()) - 46


def renamed(name):
    """One more member, of this name."""
    return lambda path: path.write_bytes(zipped([*members(path).items(), (name, b"x")]))


def with_entry(**attributes):
    """One more member whose entry has these attributes."""

    def apply(path):
        entry = zipfile.ZipInfo("more")
        for key, value in attributes.items():
            setattr(entry, key, value)
        path.write_bytes(zipped([*members(path).items(), (entry, b"x")]))

    return apply


def compressed(method):
    return lambda path: path.write_bytes(zipped(members(path).items(), method))


def without(name):
    return lambda path: path.write_bytes(zipped(item for item in members(path).items() if item[0] != name))


def twice(path):
    found = members(path)
    data = zipped([*found.items(), ("config.jsom", found[CONFIG])])
    path.write_bytes(data.replace(b"config.jsom", b"config.json"))


def bomb(path):
    found = {**members(path), WEIGHTS: bytes(30 * 2**20)}
    path.write_bytes(zipped(found.items(), zipfile.ZIP_DEFLATED))


def declared(size):
    """A member that declares another size than it has, in both places."""

    def change(data):
        put(data, local(data, WEIGHTS) + 22, "<I", size)
        return put(data, central(data, WEIGHTS) + 24, "<I", size)

    return bytes_changed(change)


def deflated_declared(path):
    """A deflated member that declares 4 GiB."""
    found = members(path)
    data = bytearray(zipped(found.items(), zipfile.ZIP_DEFLATED))
    put(data, local(data, WEIGHTS) + 22, "<I", 2**32 - 2)
    put(data, central(data, WEIGHTS) + 24, "<I", 2**32 - 2)
    path.write_bytes(data)


def damaged_deflate(path):
    """A deflated member whose first block has a type that does not exist."""
    data = bytearray(zipped(members(path).items(), zipfile.ZIP_DEFLATED))
    path.write_bytes(put(data, local(data, WEIGHTS) + 30 + len(WEIGHTS), "B", 7))


def overlapping(path):
    """Two entries that share the bytes of one member (Fifield, A better zip bomb, 2019)."""
    data = bytearray(path.read_bytes())
    (offset,) = struct.unpack_from("<I", data, central(data, CONFIG) + 42)
    path.write_bytes(put(data, central(data, WEIGHTS) + 42, "<I", offset))


ARCHIVES = {
    "empty": lambda path: path.write_bytes(b""),
    "not a zip": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 100),
    "HDF5 by the name of an archive": lambda path: path.write_bytes(members(path)[WEIGHTS]),
    "half": bytes_changed(lambda data: data[: len(data) // 2]),
    "no directory": bytes_changed(lambda data: data[: central(data, "metadata.json")]),
    "one byte less": bytes_changed(lambda data: data[:-1]),
    "one byte more": bytes_changed(lambda data: data + b"\0"),
    "contents in front": bytes_changed(lambda data: b"MZ" + data),
    "another archive in the comment": bytes_changed(lambda data: put(data, len(data) - 2, "<H", len(data)) + data),
    "another archive behind": bytes_changed(lambda data: data + data),
    "overlapping members": overlapping,
    "another name in the local header": bytes_changed(
        lambda data: put(data, local(data, CONFIG) + 30, "11s", b"config.jsom")
    ),
    "another size in the local header": bytes_changed(lambda data: put(data, local(data, CONFIG) + 22, "<I", 7)),
    "another method in the local header": bytes_changed(lambda data: put(data, local(data, CONFIG) + 8, "<H", 8)),
    "no local header": bytes_changed(lambda data: put(data, local(data, CONFIG), "4s", b"PK\0\0")),
    "two config.json": twice,
    "encrypted": bytes_changed(lambda data: put(data, central(data, CONFIG) + 8, "<H", 1)),
    "bzip2": compressed(zipfile.ZIP_BZIP2),
    "lzma": compressed(zipfile.ZIP_LZMA),
    "an archive as configuration": lambda path: path.write_bytes(
        zipped({**members(path), CONFIG: path.read_bytes()}.items())
    ),
    "parent folder": renamed("../config.json"),
    "parent folder inside": renamed("a/../../config.json"),
    "absolute": renamed("/etc/passwd"),
    "backslash": renamed("..\\config.json"),
    "drive": renamed("C:config.json"),
    "control characters": renamed("a\x1b[2J"),
    "symbolic link": with_entry(external_attr=0o120777 << 16),
    "checksum": bytes_changed(lambda data: put(data, local(data, CONFIG) + 30 + len(CONFIG) + 5, "B", 0)),
    "bomb of zeros": bomb,
    "more declared than stored": declared(2**31),
    "4 GiB declared": deflated_declared,
    "damaged deflate": damaged_deflate,
    "2,000 members": lambda path: path.write_bytes(
        zipped([*members(path).items(), *((f"m{i}", b"") for i in range(2000))])
    ),
    "no configuration": without(CONFIG),
    "no weights": without(WEIGHTS),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "an endless device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "memory of the process": lambda path: (path.unlink(), path.symlink_to("/proc/self/mem")),
}
