"""Where MNIST's and Fashion-MNIST's files are looked for, and what is said when they are missing or wrong."""

import gzip

import numpy as np
import pytest

from pycnn.datasets import fashion_mnist, mnist, search
from tests.idx_files import encode, numbered

MODULES = {"mnist": mnist, "fashion-mnist": fashion_mnist}


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
