"""Finds and loads a data set in MNIST's file layout: images and labels, train and t10k, four IDX files in one folder.

Contract: a path given by the caller is the only place searched; otherwise PYCNN_DATA, the user cache and the system's
folders, in this order, and the first folder with all four files is used. Nothing is downloaded; what is missing and how
to get it is in the error message.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pycnn.datasets import idx

DataSplits = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

PARTS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
IMAGE_SHAPE = (28, 28)


def load(
    name: str, path: str | os.PathLike[str] | None, *, classes: int, how_to_get: str, system_folders: Sequence[str] = ()
) -> DataSplits:
    """Loads ((x_train, y_train), (x_test, y_test)) of the data set called `name` (also its folder's name).

    Args:
        name: such as "mnist"; the folder searched for below PYCNN_DATA and the cache.
        path: the folder to read, or None to search.
        classes: labels must be below this.
        how_to_get: closes the error message when nothing is found; "{folder}" stands for the cache folder.
        system_folders: searched last.
    Raises:
        FileNotFoundError: no folder has all four files.
        ValueError: a file is damaged, or is not of the layout (28 x 28 bytes an image, one byte a label).
    """
    train_images, train_labels, test_images, test_labels = _find(name, path, how_to_get, system_folders)
    return _load_pair(train_images, train_labels, classes), _load_pair(test_images, test_labels, classes)


def cache_folder() -> Path:
    """The user's cache: pycnn in XDG_CACHE_HOME, which counts only when absolute, or in ~/.cache."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else _expand("~/.cache")) / "pycnn"


def _expand(path: str | os.PathLike[str]) -> Path:
    """~ replaced where the home folder is known; Path.expanduser raises where it is not."""
    return Path(os.path.expanduser(path))


def _find(name: str, path: str | os.PathLike[str] | None, how_to_get: str, system_folders: Sequence[str]) -> list[Path]:
    folders = _folders(name, path, system_folders)
    for folder in folders:
        files = [_file(folder, part) for part in PARTS]
        if all(files):
            return [file for file in files if file is not None]
    searched = ", ".join(_describe(folder) for folder in folders)
    advice = how_to_get.format(folder=cache_folder() / name)
    raise FileNotFoundError(f"[{name}] the data files were not found; looked in {searched}. {advice}")


def _folders(name: str, path: str | os.PathLike[str] | None, system_folders: Sequence[str]) -> list[Path]:
    if path is not None:
        given = _expand(path)
        return [given, given / name]
    folders = []
    if os.environ.get("PYCNN_DATA"):
        root = _expand(os.environ["PYCNN_DATA"])
        # MNIST and Fashion-MNIST have the same file names: a folder that does not bear the name could be either.
        folders += [root / name] + [root] * (root.name == name)
    return [*folders, cache_folder() / name, *map(Path, system_folders)]


def _file(folder: Path, part: str) -> Path | None:
    stem, _, kind = part.rpartition("-")
    names = (f"{part}-ubyte", f"{part}-ubyte.gz", f"{stem}.{kind}-ubyte", f"{stem}.{kind}-ubyte.gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _describe(folder: Path) -> str:
    missing = [f"{part}-ubyte" for part in PARTS if _file(folder, part) is None]
    return str(folder) if len(missing) == len(PARTS) else f"{folder} (which lacks {' and '.join(missing)})"


def _load_pair(images_file: Path, labels_file: Path, classes: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = idx.read(images_file), idx.read(labels_file)
    if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
        raise ValueError(
            f"[idx] {images_file}: images must be uint8 of shape (N, 28, 28); "
            f"got {images.dtype} of shape {images.shape}"
        )
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise ValueError(
            f"[idx] {labels_file}: labels must be uint8 of shape (N,); got {labels.dtype} of shape {labels.shape}"
        )
    if len(images) != len(labels):
        raise ValueError(f"[idx] {labels_file}: {len(labels)} labels for the {len(images)} images in {images_file}")
    if labels.size and labels.max() >= classes:
        raise ValueError(f"[idx] {labels_file}: labels must be 0 to {classes - 1}; got label={labels.max()}")
    return images, labels
