"""Bad `.weights.h5` files: what HDF5 can be made to do, and weights that are not the model's."""

from __future__ import annotations

import struct

import h5py
import numpy as np

KERNEL = "layers/dense/vars/0"
TRAINED = (108, 3)


def edited(change):
    """A change made with h5py."""

    def apply(path):
        with h5py.File(path, "r+") as file:
            change(file)

    return apply


def instead(make):
    """Something else in place of the kernel."""

    def change(file):
        del file[KERNEL]
        make(file)

    return edited(change)


def dataset(*arguments, **options):
    return instead(lambda file: file.create_dataset(KERNEL, *arguments, **options))


def virtual(file):
    layout = h5py.VirtualLayout(TRAINED, "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", TRAINED)
    file.create_virtual_dataset(KERNEL, layout)


def linked(link):
    def make(file):
        file[KERNEL] = link

    return instead(make)


def circle(file):
    file["layers/dense/vars/again"] = file["layers"]


def bytes_at(position, layout, *values):
    """Other bytes at a place."""

    def apply(path):
        data = bytearray(path.read_bytes())
        struct.pack_into(layout, data, position, *values)
        path.write_bytes(data)

    return apply


def after(signature, offset, layout, *values):
    """Other bytes behind the first occurrence of a signature."""
    return lambda path: bytes_at(path.read_bytes().index(signature) + offset, layout, *values)(path)


def user_block(path):
    path.write_bytes(bytes(512) + path.read_bytes())


KERNEL_VALUES = np.zeros(TRAINED, "f4")
HDF5_FILES = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"weights" * 100),
    "signature alone": lambda path: path.write_bytes(path.read_bytes()[:8]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "contents in front": user_block,
    "external link": linked(h5py.ExternalLink("/etc/passwd", "a")),
    "soft link": linked(h5py.SoftLink("/layers/conv2d/vars/0")),
    "soft link to nothing": linked(h5py.SoftLink("/nothing")),
    "data in another file": dataset(TRAINED, "f4", external=[("/etc/passwd", 0, 1296)]),
    "virtual data": instead(virtual),
    "circle of groups": edited(circle),
    "compressed": dataset(data=KERNEL_VALUES, compression="gzip"),
    "chunks": dataset(data=KERNEL_VALUES, chunks=(2, 3)),
    "filter of a plug-in": dataset(data=KERNEL_VALUES, chunks=TRAINED, compression=h5py.h5z.FILTER_LZF),
    "much declared, nothing stored": dataset((2**40, 3), "f4"),
    "2**66 elements declared": dataset((2**33, 2**33), "f4", chunks=(64, 64)),
    "compound type": dataset(data=np.zeros(TRAINED, "f4,i4")),
    "texts of any length": dataset(data=np.full(TRAINED, "a", object), dtype=h5py.string_dtype()),
    "references": dataset(TRAINED, h5py.ref_dtype),
    "integers": dataset(data=np.zeros(TRAINED, "i4")),
    "complex numbers": dataset(data=np.zeros(TRAINED, "c8")),
    "another shape": dataset(data=np.zeros((3, 108), "f4")),
    "one axis more": dataset(data=np.zeros((1, *TRAINED), "f4")),
    "a group for an array": instead(lambda file: file.create_group(KERNEL)),
    "kernel missing": instead(lambda file: None),
    "an array too many": edited(lambda file: file.create_dataset("layers/dense/vars/2", data=np.zeros(3, "f4"))),
    "numbers with a hole": edited(lambda file: file.move("layers/dense/vars/1", "layers/dense/vars/7")),
    "layer missing": edited(lambda file: file.move("layers/dense", "layers/dense_1")),
    "no layers": edited(lambda file: file.pop("layers")),
    "end behind the end": bytes_at(40, "<Q", 2**60),
    "root behind the end": bytes_at(64, "<Q", 2**60),
    "root at the signature": bytes_at(64, "<Q", 0),
    "base elsewhere": bytes_at(24, "<Q", 512),
    "offsets of 4 bytes": bytes_at(13, "B", 4),
    "tree that is its own child": after(b"TREE", 5, "<B", 1),
    "65,535 entries": after(b"SNOD", 6, "<H", 65535),
    "heap of 2**60 bytes": after(b"HEAP", 8, "<Q", 2**60),
    "heap at 2**60": after(b"HEAP", 24, "<Q", 2**60),
}
