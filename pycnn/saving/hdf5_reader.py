"""Reading the HDF5 files that Keras writes, without the HDF5 library: untrusted files crash it, and let it hang.

The subset is what h5py writes unless told otherwise: superblock 0, groups of symbol tables, object headers of version
1, contiguous data without filters. Every object, tree node and heap is visited once, so that the work is bounded by
the size of the file; soft and external links, hard links to an object met before (cycles) and everything else the
format can do are refused. Arrays are views of the file's bytes. Source: HDF5 File Format Specification, version 3.0.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import numpy as np

from pycnn.saving import hdf5_objects
from pycnn.saving.errors import ModelFileError
from pycnn.saving.hdf5_objects import UNDEFINED_ADDRESS, VARIABLE_LENGTH, Attribute

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUPERBLOCK_BYTES = 96
MAX_OBJECTS = 200_000
MAX_DEPTH = 64
MAX_NAME_BYTES = 4096

# Object header messages. The ignored ones carry nothing that reading needs: fill values, comments, times.
DATASPACE, DATATYPE, LAYOUT, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE = 0x01, 0x03, 0x08, 0x0C, 0x10, 0x11
IGNORED = (0x00, 0x04, 0x05, 0x0D, 0x0E, 0x12)
NEW_GROUP = "a group in the newer form, which h5py uses for names beyond ASCII"
REFUSED = {0x02: NEW_GROUP, 0x06: NEW_GROUP, 0x07: "data in another file", 0x0B: "filtered data"}


class Group:
    """A group: the names of its members, and its attributes."""

    def __init__(self, file: _File, members: dict[str, int], attributes: dict[str, Attribute]) -> None:
        self.members = members
        self._file, self._attributes = file, attributes

    def has_attribute(self, name: str) -> bool:
        """Whether there is an attribute, whole or in pieces."""
        return name in self._attributes or f"{name}0" in self._attributes

    def texts(self, name: str) -> list[str] | None:
        """The texts of an attribute; None when the group has no such attribute.

        An attribute too large for one header is stored by Keras in pieces, `name0`, `name1`, ...

        Raises:
            ValueError: it holds something else, or is damaged.
        """
        if name in self._attributes:
            return self._file.texts(self._attributes[name])
        pieces = []
        while f"{name}{len(pieces)}" in self._attributes:
            pieces.append(self._file.texts(self._attributes[f"{name}{len(pieces)}"]))
        return [text for piece in pieces for text in piece] if pieces else None


class Hdf5File:
    """The groups and arrays of a file, by path ("layers/conv2d/vars/0"); the root group has the path "".

    Args:
        data: the bytes of the whole file.
        path: name of the file, for messages.

    Raises:
        ModelFileError: the file is damaged, or uses what Keras's files do not.
    """

    def __init__(self, data: bytes | bytearray, path: str | os.PathLike) -> None:
        self.groups: dict[str, Group] = {}
        self.arrays: dict[str, np.ndarray] = {}
        try:
            _File(data).walk(self.groups, self.arrays)
        except (ValueError, struct.error) as error:
            detail = "a part of it lies behind its end" if isinstance(error, struct.error) else error
            raise ModelFileError(path, f"not an HDF5 file as Keras writes them: {detail}") from None


class _File:
    def __init__(self, data: bytes | bytearray) -> None:
        self._data = memoryview(data).toreadonly()
        self._visited: set[int] = set()
        self._heaps: dict[int, dict[int, bytes]] = {}
        self._text_bytes = len(data)

    def walk(self, groups: dict[str, Group], arrays: dict[str, np.ndarray]) -> None:
        pending = [("", self._root())]
        while pending:
            path, address = pending.pop()
            if len(groups) + len(arrays) > MAX_OBJECTS or path.count("/") > MAX_DEPTH:
                raise ValueError(f"more than {MAX_OBJECTS} objects, or {MAX_DEPTH} groups inside each other")
            found = self._object(address)
            if isinstance(found, Group):
                groups[path] = found
                pending.extend((f"{path}/{name}" if path else name, at) for name, at in found.members.items())
            else:
                arrays[path] = found

    def _root(self) -> int:
        if len(self._data) < SUPERBLOCK_BYTES or bytes(self._data[:8]) != SIGNATURE:
            raise ValueError("it does not begin with HDF5's signature")
        versions = bytes(self._data[8:13])
        if versions[0] != 0 or self._unpack("<BB", 13) != (8, 8):
            raise ValueError(f"a superblock of version {versions[0]}; write it with libver='earliest'")
        base, _, end = self._unpack("<QQQ", 24)
        if base != 0 or end > len(self._data):
            raise ValueError(f"its end should be at {end}, but it has {len(self._data)} bytes")
        _, address = self._unpack("<QQ", 56)
        return address

    def _unpack(self, layout: str, at: int) -> tuple:
        if at > len(self._data):
            raise ValueError("an address behind its end")
        return struct.unpack_from(layout, self._data, at)

    def _slice(self, begin: int, size: int) -> memoryview:
        if begin > len(self._data) or size > len(self._data) - begin:
            raise ValueError(f"{size} bytes at {begin} lie behind its end")
        return self._data[begin : begin + size]

    def _visit(self, address: int, signature: bytes = b"") -> None:
        if address in self._visited:
            raise ValueError(f"what lies at {address} is used twice, or in a circle")
        self._visited.add(address)
        if signature and bytes(self._slice(address, len(signature))) != signature:
            raise ValueError(f"no {signature.decode()} at {address}")

    # Objects

    def _object(self, address: int) -> Group | np.ndarray:
        self._visit(address)
        attributes: dict[str, Attribute] = {}
        found: dict[int, memoryview] = {}
        for kind, body in self._messages(address):
            if kind == ATTRIBUTE:
                name, value = hdf5_objects.attribute(body)
                attributes[name] = value
            elif kind in (DATASPACE, DATATYPE, LAYOUT, SYMBOL_TABLE):
                if kind in found:
                    raise ValueError(f"two messages of kind {kind} for one object")
                found[kind] = body
            elif kind not in IGNORED:
                raise ValueError(REFUSED.get(kind, f"a message of kind {kind}"))
        if set(found) == {SYMBOL_TABLE}:
            tree, heap = struct.unpack_from("<QQ", found[SYMBOL_TABLE])
            return Group(self, dict(self._members(tree, heap)), attributes)
        if set(found) != {DATASPACE, DATATYPE, LAYOUT}:
            raise ValueError("an object that is neither a group of symbol tables nor an array")
        return self._array(found)

    def _messages(self, address: int) -> Iterator[tuple[int, memoryview]]:
        version, _, _, _, size = self._unpack("<BBHII", address)
        if version != 1:
            raise ValueError(f"an object header of version {version}")
        blocks = [self._slice(address + 16, size)]
        while blocks:
            block = blocks.pop()
            while len(block) >= 8:
                kind, size, flags = struct.unpack_from("<HHB", block)
                body, block = block[8 : 8 + size], block[8 + size :]
                if len(body) != size or flags & 2:
                    raise ValueError("a message that exceeds its header, or is shared")
                if kind == CONTINUATION:
                    begin, size = struct.unpack_from("<QQ", body)
                    self._visit(begin)
                    blocks.append(self._slice(begin, size))
                else:
                    yield kind, body

    def _array(self, messages: dict[int, memoryview]) -> np.ndarray:
        stored = hdf5_objects.datatype(messages[DATATYPE])
        if stored.dtype is None:
            raise ValueError("an array of texts")
        shape = hdf5_objects.dataspace(messages[DATASPACE])
        needed = hdf5_objects.elements(shape, len(self._data)) * stored.size
        place = hdf5_objects.layout(messages[LAYOUT])
        if not isinstance(place, memoryview):
            address, size = place
            empty = address == UNDEFINED_ADDRESS and not needed
            place = self._slice(0 if empty else address, 0 if empty else size)
        if len(place) != needed:
            raise ValueError(f"an array of shape {shape} needs {needed} bytes and has {len(place)}")
        return np.frombuffer(place, stored.dtype).reshape(shape)

    # Groups

    def _members(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        self._visit(heap, b"HEAP")
        size, _, begin = self._unpack("<QQQ", heap + 8)
        names = self._slice(begin, size)
        taken: set[str] = set()
        nodes = [tree]
        while nodes:
            node = nodes.pop()
            self._visit(node, b"TREE")
            kind, level, count = self._unpack("<BBH", node + 4)
            if kind != 0:
                raise ValueError("a group's tree of chunks")
            children = struct.unpack_from(f"<{2 * count}Q", self._slice(node + 24, 16 * count + 8), 8)[::2]
            if level:
                nodes.extend(children)
                continue
            for child in children:
                for name, address in self._symbols(child, names):
                    if name in taken:
                        raise ValueError(f"two members named {name[:40]!r}")
                    taken.add(name)
                    yield name, address

    def _symbols(self, node: int, names: memoryview) -> Iterator[tuple[str, int]]:
        self._visit(node, b"SNOD")
        _, _, count = self._unpack("<BBH", node + 4)
        for entry in struct.iter_unpack("<QQI20x", self._slice(node + 8, 40 * count)):
            offset, address, cached = entry
            if cached > 1:
                raise ValueError("a soft link")
            end = bytes(names[offset : offset + MAX_NAME_BYTES]).find(b"\0")
            if offset >= len(names) or end < 0:
                raise ValueError("a name that does not end")
            name = bytes(names[offset : offset + end]).decode("utf-8")
            if not name or "/" in name or name in (".", ".."):
                raise ValueError(f"a member named {name!r}")
            yield name, address

    # Texts

    def texts(self, attribute: Attribute) -> list[str]:
        """The elements of an attribute of texts."""
        kind, size, _ = attribute.type
        if kind == VARIABLE_LENGTH and size == 16:
            found = [self._heap_text(*entry) for entry in struct.iter_unpack("<IQI", attribute.data)]
        elif attribute.type.dtype is None and size:
            found = [bytes(attribute.data[at : at + size]) for at in range(0, len(attribute.data), size)]
        elif not attribute.data:
            found = []
        else:
            raise ValueError("an attribute that should hold texts holds numbers")
        self._text_bytes -= sum(map(len, found))
        if self._text_bytes < 0:
            raise ValueError("its attributes' texts are longer than the file")
        return [text.split(b"\0", 1)[0].decode("utf-8") for text in found]

    def _heap_text(self, length: int, address: int, index: int) -> bytes:
        if not length:
            return b""
        if address not in self._heaps:
            self._heaps[address] = dict(self._heap(address))
        text = self._heaps[address].get(index, b"")[:length]
        if len(text) != length:
            raise ValueError("a text that is not in the file")
        return bytes(text)

    def _heap(self, address: int) -> Iterator[tuple[int, memoryview]]:
        self._visit(address, b"GCOL")
        (size,) = self._unpack("<Q", address + 8)
        rest = self._slice(address, size)[16:]
        while len(rest) >= 16:
            index, _, _, size = struct.unpack_from("<HHIQ", rest)
            if not index:
                break
            if size > len(rest) - 16:
                raise ValueError("a text that exceeds its heap")
            yield index, rest[16 : 16 + size]
            rest = rest[16 + -(-size // 8) * 8 :]
