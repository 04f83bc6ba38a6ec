"""1,797 handwritten digits of 8 x 8 pixels, shipped with pycnn: enough to see a network learn at once, offline.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi:10.24432/C50P49, CC BY 4.0; see data/README.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pycnn.datasets import idx
from pycnn.datasets.search import DataSplits

CLASS_NAMES = tuple("0123456789")

DATA_FOLDER = Path(__file__).parent / "data"
LARGEST_VALUE = 16  # of a pixel in the files


def load_data(test_fraction: float = 0.2) -> DataSplits:
    """Loads the digits, split into samples to train on and samples held out.

    The split is the same every time and stratified: of the n samples of a class, k = round(n * test_fraction), but at
    least one and not all, are held out, evenly spaced in the order of the file: sample floor((2 j + 1) n / (2 k)) for
    j = 0 ... k - 1. Pixels are stretched from the source's 0 to 16 to the 0 to 255 of other images:
    round(255 / 16 * value).

    Args:
        test_fraction: the share of each class that is held out, between 0 and 1.
    Returns:
        ((x_train, y_train), (x_test, y_test)): images uint8 (N, 8, 8), 0 to 255; labels uint8 (N,), 0 to 9.
    Raises:
        ValueError: test_fraction is not between 0 and 1.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape
    ((1438, 8, 8), (359, 8, 8))
    """
    if not 0 < test_fraction < 1:
        raise ValueError(f"[digits] test_fraction must be between 0 and 1; got test_fraction={test_fraction}")
    values = idx.read(DATA_FOLDER / "digits-images-idx3-ubyte.gz")
    labels = idx.read(DATA_FOLDER / "digits-labels-idx1-ubyte.gz")
    images = np.rint(values * (255 / LARGEST_VALUE)).astype(np.uint8)
    held_out = np.zeros(len(labels), bool)
    for label in range(len(CLASS_NAMES)):
        samples = np.flatnonzero(labels == label)
        count = min(max(round(len(samples) * test_fraction), 1), len(samples) - 1)
        held_out[samples[(2 * np.arange(count) + 1) * len(samples) // (2 * count)]] = True
    return (images[~held_out], labels[~held_out]), (images[held_out], labels[held_out])
