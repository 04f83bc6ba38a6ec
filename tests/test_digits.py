"""The digits that ship with the package: their source, and the split into training and held-out images."""

import hashlib
import math

import numpy as np
import pytest

from pycnn.datasets import digits, idx

DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def test_digits_are_those_of_the_source():
    images = idx.read(digits.DATA_FOLDER / "digits-images-idx3-ubyte.gz")
    labels = idx.read(digits.DATA_FOLDER / "digits-labels-idx1-ubyte.gz")
    assert hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() == DIGITS_SHA256
    assert (images.shape, images.min(), images.max()) == ((1797, 8, 8), 0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_data_is_small_and_its_source_is_named():
    assert sum(path.stat().st_size for path in digits.DATA_FOLDER.glob("*.gz")) < 100_000
    text = (digits.DATA_FOLDER / "README.md").read_text()
    for part in ("Alpaydin", "Kaynak", "UCI Machine Learning Repository", "CC BY 4.0"):
        assert part in text


@pytest.mark.parametrize("test_fraction", [1e-9, 0.001, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.9, 0.999999])
def test_digits_split_is_a_stratified_partition(test_fraction):
    (x_train, y_train), (x_test, y_test) = digits.load_data(test_fraction)
    assert {array.dtype.name for array in (x_train, y_train, x_test, y_test)} == {"uint8"}
    assert x_train.shape[1:] == x_test.shape[1:] == (8, 8)
    assert len(x_train) == len(y_train)
    assert len(x_test) == len(y_test)
    for label in range(10):
        held_out, total = (y_test == label).sum(), (y_test == label).sum() + (y_train == label).sum()
        assert 1 <= held_out < total
        assert held_out in (round(total * test_fraction), 1, total - 1)

    def contents(images, labels):
        return sorted(image.tobytes() + bytes([label]) for image, label in zip(images, labels, strict=True))

    everything = sorted(contents(x_train, y_train) + contents(x_test, y_test))
    values = idx.read(digits.DATA_FOLDER / "digits-images-idx3-ubyte.gz")
    stretched = np.rint(values * 15.9375).astype(np.uint8)
    assert everything == contents(stretched, idx.read(digits.DATA_FOLDER / "digits-labels-idx1-ubyte.gz"))


def test_digits_held_out_are_not_trained_on():
    (x_train, _), (x_test, _) = digits.load_data()
    assert not {image.tobytes() for image in x_train} & {image.tobytes() for image in x_test}


def test_digits_are_the_same_every_time():
    for first, second in zip(digits.load_data(), digits.load_data(), strict=True):
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])


def test_digits_pixels_can_be_mapped_back():
    (x_train, _), _ = digits.load_data()
    assert np.unique(x_train).tolist() == [round(value * 255 / 16) for value in range(17)]


@pytest.mark.parametrize("test_fraction", [0, 1, -0.1, 1.5, math.nan, math.inf])
def test_digits_reject_bad_fraction(test_fraction):
    with pytest.raises(ValueError, match=r"\[digits\] test_fraction must be between 0 and 1; got test_fraction="):
        digits.load_data(test_fraction)
