"""TensorBoard's files, read back record by record."""

import struct
import sys

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, layers

X, Y = np.linspace(-1, 1, 160).reshape(10, 4, 4, 1), np.linspace(0, 1, 10).reshape(10, 1)


def model():
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((4, 4, 1)), layers.Conv2D(3, 2, name="conv"), layers.Flatten(), layers.Dense(1)])
    made.compile(pycnn.optimizers.SGD(0.25), "mse", metrics=["mae"])
    return made


def values(folder):
    """What a folder's file holds: tag -> [(step, value)]."""
    from tensorboardX.proto.event_pb2 import Event

    found = {}
    (path,) = folder.iterdir()
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, getattr(value, value.WhichOneof("value"))))
    return found


def numbers(found, tag):
    return [(step, pytest.approx(value, rel=1e-6)) for step, value in found[tag]]


def test_epochs(tmp_path):
    history = (
        model()
        .fit(X, Y, epochs=3, validation_split=0.5, callbacks=[callbacks.TensorBoard(tmp_path)], verbose=0)
        .history
    )
    train, validation = values(tmp_path / "train"), values(tmp_path / "validation")
    assert set(train) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}
    for name in ("loss", "mae"):
        assert list(enumerate(history[name])) == numbers(train, f"epoch_{name}")
        assert list(enumerate(history[f"val_{name}"])) == numbers(validation, f"epoch_{name}")
        by_step = zip([1, 2, 3], history[f"val_{name}"], strict=True)
        assert list(by_step) == numbers(validation, f"evaluation_{name}_vs_iterations")
    assert [value for _, value in train["epoch_learning_rate"]] == [0.25] * 3


@pytest.mark.parametrize(("update_freq", "steps"), [("batch", list(range(1, 11))), (3, [3, 6, 9]), ("epoch", [])])
def test_batches(tmp_path, update_freq, steps):
    board = callbacks.TensorBoard(str(tmp_path), update_freq=update_freq, write_steps_per_second=True)
    model().fit(X, Y, batch_size=2, epochs=2, callbacks=[board], verbose=0)
    train = values(tmp_path / "train")
    for tag in ("batch_loss", "batch_mae", "batch_steps_per_second"):
        assert [step for step, _ in train.get(tag, [])] == steps
    assert all(value > 0 for _, value in train["epoch_steps_per_second"])


def test_weights(tmp_path):
    board = callbacks.TensorBoard(tmp_path, histogram_freq=2, write_images=True)
    trained = model()
    trained.fit(X, Y, epochs=4, callbacks=[board], verbose=0)
    train = values(tmp_path / "train")
    for layer in trained.layers:
        for weight in layer.weights:
            histograms = train[f"{layer.name}/{weight.name}/histogram"]
            assert [step for step, _ in histograms] == [0, 2] and histograms[0][1].num == weight.value.size
            assert (f"{layer.name}/{weight.name}/image" in train) == (weight.value.size > 1)
    images = train["conv/kernel/image"]
    assert [(image.width, image.height) for _, image in images] == [(6, 2)] * 2  # three kernels side by side


def test_evaluate_alone_and_a_second_fit(tmp_path):
    board = callbacks.TensorBoard(tmp_path)
    trained = model()
    trained.evaluate(X, Y, callbacks=[board], verbose=0)
    assert set(values(tmp_path / "validation")) == {"evaluation_loss_vs_iterations", "evaluation_mae_vs_iterations"}
    for _ in range(2):
        trained.fit(X, Y, callbacks=[board], verbose=0)
    assert len(list((tmp_path / "train").iterdir())) in (1, 2)  # files are named by the second


def test_without_tensorboardx_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"\[TensorBoard\] .* pip install 'pycnn\[tensorboard\]'"):
        callbacks.TensorBoard()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile_batch": 2}, r"\[TensorBoard\] profile_batch is not supported: it must be 0; got profile_batch=2"),
        ({"embeddings_freq": 1}, r"\[TensorBoard\] embeddings_freq is not supported"),
        ({"update_freq": "step"}, r"\[TensorBoard\] update_freq must be one of 'epoch', 'batch'"),
        ({"update_freq": 0}, r"\[TensorBoard\] update_freq must be an integer >= 1"),
        ({"histogram_freq": -1}, r"\[TensorBoard\] histogram_freq must be an integer >= 0"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.TensorBoard(**options)
