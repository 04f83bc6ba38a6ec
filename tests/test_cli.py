"""The command `pycnn` and the network it trains: what it prints and writes, and how mistakes and interrupts end."""

import errno
import gzip
import os
import re
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

import pycnn
from pycnn.applications import LeNet5
from pycnn.cli import main, train
from pycnn.datasets import digits, fashion_mnist

COMMAND = [sys.executable, "-W", "error", "-m", "pycnn"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nothing is found by chance, and nothing is written outside the test's folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PYCNN_DATA", raising=False)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", str(tmp_path / "debian"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_idx(folder, train_count=40, test_count=20):
    """A data set in MNIST's files: the class of an image is the place of a white square in it."""
    folder.mkdir(parents=True)
    for part, count in (("train", train_count), ("t10k", test_count)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[4 + 10 * (label // 5) :, 1 + 5 * (label % 5) :][:8, :5] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    return folder


# Help and information.


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_the_commands(capsys, arguments):
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = exit_.code
    assert status == 0
    output = " ".join(capsys.readouterr().out.split())
    assert output.startswith("usage: pycnn ")
    for part in ("train", "info", "verify", "--version", "handwritten digits"):
        assert part in output


@pytest.mark.parametrize("command", ["train", "info", "verify"])
def test_help_of_commands(capsys, command):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    output = capsys.readouterr().out
    assert output.startswith(f"usage: pycnn {command} ")
    options = re.findall(r"\[(--[a-z-]+)", output)
    known = ["--data", "--data-path", "--epochs", "--batch-size", "--learning-rate", "--seed", "--output"]
    assert options == (known if command == "train" else [])


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"pycnn {pycnn.__version__}\n"


def test_info_shows_every_fact(capsys):
    assert main(["info"]) == 0
    facts = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert facts["version"] == pycnn.__version__
    assert re.search(r"\d", facts["compiler"])
    assert facts["instruction set chosen"] in facts["instruction sets found"].split(", ")
    assert int(facts["threads"]) >= 1
    peak = re.fullmatch(r"([\d,]+) GFLOP/s", facts["peak, 1 thread"])
    assert float(peak[1]) > 0


# Verification.


def test_verify_prints_every_shape_and_ends_with_0(capsys):
    assert main(["verify"]) == 0
    results, methods, *rows, verdict = capsys.readouterr().out.splitlines()
    assert re.split(r"\s{2,}", results.strip()) == ["output", "input gradient", "kernel gradient"]
    assert methods.split() == ["direct", "gemm", "direct", "gemm", "flipped", "direct", "gemm"]
    numbers = r"\s+(\d+\.\d\d)" * 7
    assert all(re.fullmatch(rf"\S.*?\s{{2,}}float(32|64){numbers}", row) for row in rows)
    expected = [f"{name} float{bits}" for name in pycnn.verify.SHAPES for bits in (32, 64)]
    assert [" ".join(re.split(r"\s{2,}", row)[:2]) for row in rows] == expected
    assert verdict == f"{len(rows)} of {len(rows)} equal to the matrix within 16 u sum|a||b|"


def test_verify_ends_with_1_when_a_result_differs(capsys, monkeypatch):
    correct = pycnn.ops.conv
    planted = pycnn.verify.SHAPES["pointwise"]

    def wrong(x, *arrays, **options):
        return correct(x + 0.01 * (x.shape == planted.input_shape), *arrays, **options)

    monkeypatch.setattr(pycnn.ops, "conv", wrong)
    assert main(["verify"]) == 1
    output = capsys.readouterr().out
    count = 2 * len(pycnn.verify.SHAPES)
    assert f"\n{count - 2} of {count} equal" in output
    assert output.count("NOT equal") == 2
    assert f"\n{planted}, float32: NOT equal" in output


def test_verify_without_scipy_names_the_extra(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(SystemExit) as exit_:
        main(["verify"])
    assert exit_.value.code == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    assert "pip install 'pycnn[verify]'" in output.err


# Mistakes: status 2, one line on stderr.


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["trian"], "invalid choice: 'trian'"),
        (["--nothing"], "--nothing"),
        (["train", "lenet6"], "unknown model 'lenet6'; known: lenet5"),
        (["train", ""], "unknown model ''"),
        (["train", "lenet5", "more"], "unrecognized arguments: more"),
        (["train", "--data", "cifar"], "unknown data set 'cifar'; known: digits, mnist, fashion-mnist"),
        (["train", "--data"], "--data: expected one argument"),
        (["train", "--epochs", "0"], "--epochs: must be a whole number from 1 to 1000000000; got '0'"),
        (["train", "--epochs", "-1"], "--epochs"),
        (["train", "--epochs", "1.5"], "--epochs"),
        (["train", "--epochs", "9" * 5000], "--epochs"),
        (["train", "--epochs", "99999999999999999999"], "--epochs"),
        (["train", "--batch-size", "many"], "--batch-size: must be a whole number from 1 to 1000000000; got 'many'"),
        (["train", "--batch-size", "99999999999999999999"], "--batch-size"),
        (["train", "--learning-rate", "0"], "--learning-rate: must be a positive number; got '0'"),
        (["train", "--learning-rate", "nan"], "--learning-rate"),
        (["train", "--learning-rate", "inf"], "--learning-rate"),
        (["train", "--learning-rate", "fast"], "--learning-rate"),
        (["train", "--seed", "-1"], "--seed"),
        (["train", "--seed", "4294967296"], "--seed: must be a whole number from 0 to 4294967295"),
        (["train", "--data-path", "."], "the digits are part of pycnn"),
        (["train", "--data", "mnist"], "[mnist] the data files were not found"),
        (["train", "--data", "fashion-mnist"], "apt-get install dataset-fashion-mnist"),
        (["train", "--data", "mnist", "--data-path", "nowhere"], "looked in nowhere, nowhere/mnist"),
        (["train", "--data", "mnist", "--data-path", "~nobody/data\nset"], "the data files were not found"),
        (["train", "--data", "mnist", "--data-path", "x" * 5000], "File name too long"),
        (["train", "--data", "mnist", "--data-path", "damaged"], "damaged or truncated gzip file"),
        (["train", "--data", "mnist", "--data-path", "empty"], "has no images"),
        (["train", "--output", "file"], "--output"),
        (["train", "--output", "file/below"], "--output"),
        (["train", "--output", "taken by a model"], "lenet5-digits.pycnn must be a file to write; it is a folder"),
        (["train", "--output", "taken by a picture"], "lenet5-digits.png must be a file to write; it is a folder"),
        (["info", "more"], "unrecognized arguments: more"),
        (["verify", "more"], "unrecognized arguments: more"),
    ],
)
def test_mistakes_end_in_one_line(home, capsys, arguments, problem):
    (home / "file").write_text("not a folder")
    (home / "taken by a model/lenet5-digits.pycnn").mkdir(parents=True)
    (home / "taken by a picture/lenet5-digits.png").mkdir(parents=True)
    damaged = write_idx(home / "damaged") / "train-images-idx3-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    write_idx(home / "empty", train_count=0)
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("pycnn")
    assert output.err.count("\n") == 1
    assert problem in output.err


def test_mistakes_of_the_process_itself():
    done = subprocess.run([*COMMAND, "train", "--data", "cifar"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_output_that_cannot_be_written_is_reported(home, capsys, monkeypatch):
    def disk_full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pycnn.Model, "save", disk_full)
    data = write_idx(home / "data")
    with pytest.raises(SystemExit) as exit_:
        main(["train", "--data", "mnist", "--data-path", str(data), "--epochs", "1"])
    assert exit_.value.code == 2
    errors = capsys.readouterr().err
    assert "pycnn train: error: cannot write the results: [Errno 28] No space left on device" in errors
    assert errors.count("\n") == 1


# Training.


def test_training_writes_model_and_picture(home, capsys):
    data = write_idx(home / "data", train_count=200)
    arguments = ["train", "lenet5", "--data", "mnist", "--data-path", str(data), "--epochs", "8", "--batch-size", "10"]
    assert main([*arguments, "--output", "new/folder"]) == 0
    output = capsys.readouterr().out
    assert "lenet5 with 61,706 parameters on mnist: 200 images to train on, 20 held out\n" in output
    assert "held-out accuracy: 1.0000 (20 of 20)\n" in output
    model_file, picture = home / "new/folder/lenet5-mnist.pycnn", home / "new/folder/lenet5-mnist.png"
    assert f"model:   {model_file}\n" in output
    assert f"picture: {picture}\n" in output
    assert picture.read_bytes().startswith(b"\x89PNG")

    model = pycnn.saving.load_model(model_file)
    images = np.frombuffer(gzip.decompress((data / "t10k-images-idx3-ubyte.gz").read_bytes())[16:], np.uint8)
    assert model.predict(images.reshape(20, 28, 28, 1), verbose=0).argmax(axis=1).tolist() == list(range(10)) * 2


@pytest.mark.parametrize(
    ("arguments", "same"), [([], True), (["--seed", "1"], False), (["--learning-rate", "0.01"], False)]
)
def test_same_seed_gives_the_same_model(home, arguments, same):
    data = write_idx(home / "data")
    base = ["train", "--data", "mnist", "--data-path", str(data), "--epochs", "1"]
    assert main([*base, "--output", "a"]) == 0
    assert main([*base, "--output", "b", *arguments]) == 0
    first, second = (
        np.concatenate([w.ravel() for w in pycnn.saving.load_model(home / name / "lenet5-mnist.pycnn").get_weights()])
        for name in "ab"
    )
    assert (first.tobytes() == second.tobytes()) == same


def test_batch_larger_than_the_data(home):
    data = write_idx(home / "data")
    arguments = ["train", "--data", "mnist", "--data-path", str(data), "--epochs", "1", "--batch-size", "1000000000"]
    assert main(arguments) == 0


def test_run_that_diverges_still_ends_well(home, capsys):
    data = write_idx(home / "data")
    assert main(["train", "--data", "mnist", "--data-path", str(data), "--epochs", "2", "--learning-rate", "1e30"]) == 0
    assert "held-out accuracy: " in capsys.readouterr().out
    assert (home / "lenet5-mnist.png").exists()


def test_without_matplotlib_the_extra_is_named(home, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    data = write_idx(home / "data")
    assert main(["train", "--data", "mnist", "--data-path", str(data), "--epochs", "1"]) == 0
    assert "pip install 'pycnn[plot]'" in capsys.readouterr().out
    assert (home / "lenet5-mnist.pycnn").exists()
    assert not (home / "lenet5-mnist.png").exists()


def test_plain_train_reads_digits(home):
    """The first command of the README, as a user runs it."""
    done = subprocess.run([*COMMAND, "train"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"held-out accuracy: ([\d.]+) \(\d+ of 359\)", done.stdout)[1])
    assert accuracy >= 0.98
    assert "val_accuracy" in done.stdout + done.stderr
    assert {path.name for path in home.iterdir() if path.is_file()} == {"lenet5-digits.pycnn", "lenet5-digits.png"}
    _, (x_test, y_test) = digits.load_data()
    probabilities = pycnn.saving.load_model(home / "lenet5-digits.pycnn").predict(x_test[..., np.newaxis], verbose=0)
    assert round((probabilities.argmax(axis=1) == y_test).mean(), 4) == accuracy


def test_interrupt_in_python(monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "_fit", interrupted)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"


@pytest.fixture
def interruptible():
    """Processes started now do not ignore SIGINT, even if a shell started this one in the background."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


def test_interrupt_of_the_process(home, interruptible):
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*COMMAND, "train", "--epochs", "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert b"parameters on digits" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert stderr.endswith(b"\ninterrupted\n")
    assert not list(home.glob("lenet5*"))


# The network.


@pytest.mark.parametrize(
    ("input_shape", "classes", "include_preprocessing", "layers", "parameters"),
    [
        ((28, 28, 1), 10, True, ["Rescaling"], 61_706),
        ((28, 28, 1), 10, False, [], 61_706),
        ((28, 28, 3), 10, True, ["Rescaling"], 61_706 + 2 * 150),
        ((8, 8, 1), 10, True, ["Resizing", "Rescaling"], 61_706),
        ((28, 1, 1), 1, True, ["Resizing", "Rescaling"], 61_706 - 9 * 85),
        ((100, 64, 4), 3, True, ["Resizing", "Rescaling"], 61_706 + 3 * 150 - 7 * 85),
    ],
)
def test_lenet_layers(input_shape, classes, include_preprocessing, layers, parameters):
    model = LeNet5(input_shape, classes, include_preprocessing)
    core = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense", "Dense"]
    assert [type(layer).__name__ for layer in model.layers] == layers + core
    assert model.count_params() == parameters
    images = np.random.default_rng(0).integers(0, 256, (2, *input_shape), np.uint8)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.shape == (2, classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"input_shape": (28, 28)}, "input_shape"),
        ({"input_shape": (28, 28, 1, 1)}, "input_shape"),
        ({"input_shape": (28, 0, 1)}, "input_shape"),
        ({"input_shape": (28, 28, -1)}, "input_shape"),
        ({"input_shape": (28.0, 28, 1)}, "input_shape"),
        ({"input_shape": (None, 28, 1)}, "input_shape"),
        ({"input_shape": (27, 28, 1), "include_preprocessing": False}, "input_shape"),
        ({"classes": 0}, "classes"),
        ({"classes": 2.5}, "classes"),
        ({"classes": True}, "classes"),
    ],
)
def test_lenet_rejects_bad_arguments(arguments, name):
    with pytest.raises(ValueError, match=rf"\[LeNet5\] {name} must .*; got {name}="):
        LeNet5(**arguments)
