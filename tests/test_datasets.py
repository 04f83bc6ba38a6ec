"""pycnn.datasets: the IDX reader on good, damaged and hostile files; where data is looked for; the digits' split."""

import gzip
import hashlib
import math
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycnn.datasets import digits, fashion_mnist, idx, mnist, search

TYPE_BYTES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}
UNLIMITED = 2**32 - 1
DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
MODULES = {"mnist": mnist, "fashion-mnist": fashion_mnist}


def header(*shape, type_byte=0x08, rank=None, zeros=b"\0\0"):
    return zeros + struct.pack(f">2B{len(shape)}I", type_byte, len(shape) if rank is None else rank, *shape)


def encode(array):
    big_endian = array.astype(array.dtype.newbyteorder(">"))
    return header(*array.shape, type_byte=TYPE_BYTES[array.dtype.name]) + big_endian.tobytes()


def numbered(shape, dtype="uint8"):
    return (np.arange(math.prod(shape)) % 10).astype(dtype).reshape(shape)


@pytest.fixture(params=["plain", "gzip"])
def pack(request):
    return gzip.compress if request.param == "gzip" else bytes


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="file-idx"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write_file


# The IDX reader.


@pytest.mark.parametrize("dtype", TYPE_BYTES)
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 3, 4), (2, 1, 3, 1), (0,), (0, 28, 28), (4, 0), (1,) * 32])
def test_read_returns_what_was_written(write, pack, dtype, shape):
    array = numbered(shape, dtype)
    read = idx.read(write(pack(encode(array))))
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, array)


def test_read_keeps_extreme_values(write):
    for array in (
        np.array([-128, -1, 0, 127], "int8"),
        np.array([-(2**31), 2**31 - 1], "int32"),
        np.array([np.nan, -np.inf, -0.0, 5e-324], "float64"),
    ):
        assert idx.read(write(encode(array))).tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "truncated"),
        (b"\0\0\x08", "truncated"),
        (header(4, zeros=b"\0\1"), "wrong magic"),
        (header(4, zeros=b"\1\0"), "wrong magic"),
        (b"\x93NUMPY\1\0", "wrong magic"),
        (b"<!DOCTYPE html><html>", "wrong magic"),
        (header(4, type_byte=0x0A) + bytes(4), "wrong magic"),
        (header(4, type_byte=0x00) + bytes(4), "wrong magic"),
        (struct.pack("<2I", 0x00000801, 4) + bytes(4), "wrong magic"),
        (header(rank=0), "rank must be 1 to 32; got rank=0"),
        (header(*[1] * 33) + b"1", "rank must be 1 to 32; got rank=33"),
        (header(4, rank=255), "rank must be 1 to 32; got rank=255"),
        (header(rank=1), "truncated: rank 1 needs 4 bytes of sizes; got 0"),
        (header(2, 3, rank=3) + bytes(3), "truncated: rank 3 needs 12 bytes of sizes; got 11"),
        (header(5) + bytes(4), "truncated"),
        (header(5), "truncated"),
        (header(2, type_byte=0x0E) + bytes(15), "truncated"),
        (header(5) + bytes(6), "oversized"),
        (header(0) + bytes(1), "oversized"),
        (header(3, 0, 5) + bytes(1), "oversized"),
        (header(5) + bytes(4096), "oversized"),
        (header(UNLIMITED) + bytes(100), "truncated or not an IDX file"),
        (header(*[UNLIMITED] * 3) + bytes(100), "truncated or not an IDX file"),
        (header(*[UNLIMITED] * 32) + bytes(100), "truncated or not an IDX file"),
        (header(0, *[UNLIMITED] * 31), "impossible shape"),
    ],
)
def test_read_rejects_damaged_files(write, pack, content, problem):
    path = write(pack(content))
    with pytest.raises(ValueError, match=r"^\[idx\] ") as caught:
        idx.read(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


GOOD_GZIP = gzip.compress(encode(numbered((50, 40))), mtime=0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD_GZIP[:-1], "gzip"),
        (GOOD_GZIP[:-8], "gzip"),
        (GOOD_GZIP[: len(GOOD_GZIP) // 2], "gzip"),
        (GOOD_GZIP[:10], "gzip"),
        (GOOD_GZIP[:3], "gzip"),
        (GOOD_GZIP[:-8] + bytes(8), "gzip"),
        (GOOD_GZIP[:2] + b"\0" + GOOD_GZIP[3:], "gzip"),
        (GOOD_GZIP[:12] + bytes(20) + GOOD_GZIP[32:], "gzip"),
        (GOOD_GZIP + b"trailing", "gzip"),
        (GOOD_GZIP + GOOD_GZIP, "oversized"),
    ],
)
def test_read_rejects_damaged_gzip(write, content, problem):
    path = write(content)
    with pytest.raises(ValueError, match=r"^\[idx\] ") as caught:
        idx.read(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(header(10) + bytes(2**26)),
        gzip.compress(bytes(2**26)),
        gzip.compress(header(2**31) + bytes(10)),
        header(2**31) + bytes(10),
        header(2**16, 2**16, 2**16, type_byte=0x0E) + bytes(10),
    ],
    ids=["bomb after the data", "bomb of zeros", "gzip declares 2 GiB", "declares 2 GiB", "declares 2 PiB"],
)
def test_read_of_hostile_file_takes_little_memory(write, content):
    path = write(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^\[idx\] "):
            idx.read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


@given(start=st.sampled_from([b"", header(2, 3), GOOD_GZIP[:40], GOOD_GZIP]), end=st.binary(max_size=60))
def test_read_of_any_bytes_gives_an_array_or_value_error(tmp_path_factory, start, end):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(start + end)
    try:
        array = idx.read(path)
    except ValueError as error:
        problem = str(error)
    else:
        problem = None
    if problem is not None:
        assert problem.startswith(f"[idx] {path}: ")
    else:
        content = path.read_bytes()
        assert encode(array) == (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


@pytest.mark.parametrize(("make", "error"), [("nothing", FileNotFoundError), ("folder", IsADirectoryError)])
def test_read_leaves_system_errors_alone(tmp_path, make, error):
    path = tmp_path / make
    if make == "folder":
        path.mkdir()
    with pytest.raises(error, match=make):
        idx.read(path)


# The search for MNIST's and Fashion-MNIST's files.


FILES = {
    "train-images-idx3-ubyte": numbered((6, 28, 28)),
    "train-labels-idx1-ubyte": numbered((6,)),
    "t10k-images-idx3-ubyte": numbered((3, 28, 28)),
    "t10k-labels-idx1-ubyte": numbered((3,)),
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder with nothing in it, and no setting that leads elsewhere."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PYCNN_DATA", raising=False)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", str(tmp_path / "debian"))
    return tmp_path


def store(folder, ending="", marker=0, files=FILES):
    """Writes a data set whose first pixel is `marker`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in files.items():
        marked = array.copy()
        if marked.ndim == 3:
            marked[0, 0, 0] = marker
        content = encode(marked)
        (folder / (name + ending)).write_bytes(gzip.compress(content) if ending == ".gz" else content)


def marker(splits):
    (x_train, y_train), (x_test, y_test) = splits
    assert (x_train.shape, y_train.shape, x_test.shape, y_test.shape) == ((6, 28, 28), (6,), (3, 28, 28), (3,))
    assert {array.dtype.name for array in (x_train, y_train, x_test, y_test)} == {"uint8"}
    np.testing.assert_array_equal(x_train[1:], FILES["train-images-idx3-ubyte"][1:])
    np.testing.assert_array_equal(y_test, FILES["t10k-labels-idx1-ubyte"])
    return x_train[0, 0, 0]


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize(
    ("folder", "variables", "given_path"),
    [
        ("anywhere", {}, "anywhere"),
        ("anywhere/NAME", {}, "anywhere"),
        ("anywhere", {}, "~/anywhere"),
        ("data/NAME", {"PYCNN_DATA": "data"}, None),
        ("data/NAME", {"PYCNN_DATA": "data/NAME"}, None),
        (".cache/pycnn/NAME", {}, None),
        (".cache/pycnn/NAME", {"PYCNN_DATA": "", "XDG_CACHE_HOME": ""}, None),
        (".cache/pycnn/NAME", {"PYCNN_DATA": "empty"}, None),
        ("cache/pycnn/NAME", {"XDG_CACHE_HOME": "cache"}, None),
    ],
)
def test_load_data_finds_files(home, monkeypatch, name, ending, folder, variables, given_path):
    store(home / folder.replace("NAME", name), ending, marker=99)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, str(home / value.replace("NAME", name)) if value else "")
    if given_path is not None and not given_path.startswith("~"):
        given_path = home / given_path
    assert marker(MODULES[name].load_data(given_path)) == 99


def test_relative_cache_setting_is_ignored(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    store(home / "relative/pycnn/mnist", marker=1)
    store(home / ".cache/pycnn/mnist", marker=2)
    assert marker(mnist.load_data()) == 2


def test_load_data_searches_in_order(home, monkeypatch):
    monkeypatch.setenv("PYCNN_DATA", str(home / "data"))
    folders = ["debian", ".cache/pycnn/fashion-mnist", "data/fashion-mnist"]
    for number, folder in enumerate(folders, start=1):
        store(home / folder, marker=number)
        assert marker(fashion_mnist.load_data()) == number
    store(home / "given", marker=9)
    assert marker(fashion_mnist.load_data(home / "given")) == 9


def test_folder_with_all_files_wins_over_earlier_one_with_some(home, monkeypatch):
    monkeypatch.setenv("PYCNN_DATA", str(home / "data"))
    store(home / "data/mnist", marker=1)
    (home / "data/mnist/t10k-labels-idx1-ubyte").unlink()
    store(home / ".cache/pycnn/mnist", marker=2)
    assert marker(mnist.load_data()) == 2


def test_file_names_with_a_dot_are_found(home):
    store(home / "given", files={name.replace("-idx", ".idx"): array for name, array in FILES.items()})
    marker(mnist.load_data(home / "given"))


@pytest.mark.parametrize("name", MODULES)
def test_missing_data_says_how_to_get_it(home, name):
    with pytest.raises(FileNotFoundError) as caught:
        MODULES[name].load_data()
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"[{name}] ")
    for part in (f"{home}/.cache/pycnn/{name}", "curl -fL", "PYCNN_DATA", "load_data(path=...)"):
        assert part in message
    assert "{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz'" in message
    assert ("apt-get install dataset-fashion-mnist" in message) == (name == "fashion-mnist")


def test_given_path_is_the_only_one_searched(home):
    store(home / ".cache/pycnn/mnist")
    with pytest.raises(FileNotFoundError, match=r"looked in .*wrong, .*wrong/mnist"):
        mnist.load_data(home / "wrong")


def test_flat_data_folder_is_not_taken_for_either_data_set(home, monkeypatch):
    monkeypatch.setenv("PYCNN_DATA", str(home / "data"))
    store(home / "data")
    for module in MODULES.values():
        with pytest.raises(FileNotFoundError):
            module.load_data()


def test_message_names_the_missing_files(home):
    store(home / "given")
    (home / "given/t10k-images-idx3-ubyte").unlink()
    (home / "given/t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="lacks t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte"):
        mnist.load_data(home / "given")


@pytest.mark.parametrize(
    ("name", "array", "problem"),
    [
        ("train-images-idx3-ubyte", numbered((6, 28, 27)), r"\(N, 28, 28\); got uint8 of shape \(6, 28, 27\)"),
        ("train-images-idx3-ubyte", numbered((6, 784)), r"got uint8 of shape \(6, 784\)"),
        ("train-images-idx3-ubyte", numbered((6, 28, 28, 1)), r"got uint8 of shape \(6, 28, 28, 1\)"),
        ("train-images-idx3-ubyte", numbered((6,)), r"got uint8 of shape \(6,\)"),
        ("train-images-idx3-ubyte", numbered((6, 28, 28), "int8"), "got int8"),
        ("train-images-idx3-ubyte", numbered((5, 28, 28)), "6 labels for the 5 images"),
        ("t10k-labels-idx1-ubyte", numbered((3,), "int32"), "labels must be uint8 .* got int32"),
        ("t10k-labels-idx1-ubyte", numbered((3, 1)), r"got uint8 of shape \(3, 1\)"),
        ("t10k-labels-idx1-ubyte", numbered((4,)), "4 labels for the 3 images"),
        ("t10k-labels-idx1-ubyte", np.array([0, 10, 1], "uint8"), "0 to 9; got label=10"),
    ],
)
def test_load_data_rejects_files_of_another_layout(home, name, array, problem):
    store(home / "given", files={**FILES, name: array})
    with pytest.raises(ValueError, match=problem):
        mnist.load_data(home / "given")


def test_damaged_file_is_named(home):
    store(home / "given", ".gz")
    damaged = home / "given/t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"given/t10k-labels-idx1-ubyte\.gz: damaged or truncated gzip"):
        mnist.load_data(home / "given")


def test_cache_folder_without_a_known_home(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", str)
    assert not search.cache_folder().is_absolute()


# The digits.


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
