"""Children of fork: they predict and train with the same bits as their parent, on threads of their own."""

import multiprocessing
import os
import signal
import threading
import traceback
import warnings

import numpy as np
import pytest

import pycnn
from pycnn import config, layers
from tests.forking import fork
from tests.training_data import labelled_images

LONGEST_SECONDS = 60


def trained():
    """A net whose every part uses threads, trained; weights, and outputs of a batch."""
    pycnn.utils.clear_session()
    pycnn.utils.set_random_seed(3)
    model = pycnn.Sequential(
        [
            layers.Input((32, 32, 3)),
            layers.RandomTranslation(0.1, 0.1),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = labelled_images(96, 32, 32, 3)
    model.fit(x, y, 32, 2, verbose=0)
    return b"".join(weight.tobytes() for weight in model.get_weights()) + model.predict(x, 32, verbose=0).tobytes()


def ends_well(child):
    """Whether a child of fork comes to its end in time, with status 0."""
    alarm = threading.Timer(LONGEST_SECONDS, os.kill, (child, signal.SIGKILL))
    alarm.start()
    status = os.waitpid(child, 0)[1]
    alarm.cancel()
    return status == 0


def in_child(check):
    """Whether `check()` is true in a child."""
    child = fork()
    if child == 0:
        status = 1
        try:
            status = 0 if check() else 1
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return ends_well(child)


@pytest.fixture(params=[1, 2, 5])
def threads(request):
    before = config.num_threads()
    config.set_num_threads(request.param)
    yield request.param
    config.set_num_threads(before)


def test_a_child_trains_and_predicts(threads):
    expected = trained()
    assert in_child(lambda: trained() == expected)
    assert in_child(lambda: trained() == expected and in_child(lambda: trained() == expected))
    assert trained() == expected


def test_a_child_goes_on_with_its_parents_model(threads):
    x, y = labelled_images(64, 16, 16, 3)
    model = pycnn.Sequential([layers.Input((16, 16, 3)), layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(10)])
    model.compile("sgd", pycnn.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, 32, verbose=0)
    before = model.predict(x, verbose=0).tobytes()
    read, write = os.pipe()

    def train_and_tell():
        same = model.predict(x, verbose=0).tobytes() == before
        model.fit(x, y, 32, verbose=0)
        os.write(write, model.predict(x, verbose=0)[:8].tobytes())
        return same

    assert in_child(train_and_tell)
    found = os.read(read, 1 << 16)
    os.close(read), os.close(write)
    assert model.predict(x, verbose=0).tobytes() == before
    model.fit(x, y, 32, verbose=0)
    assert found == model.predict(x, verbose=0)[:8].tobytes()


def test_fork_while_another_thread_trains(threads):
    expected = trained()
    ends = threading.Event()

    def train():
        while not ends.is_set():
            trained_in_thread.append(trained() == expected)

    trained_in_thread = []
    other = threading.Thread(target=train)
    other.start()
    try:
        small = np.ones((64, 40, 40, 8), np.float32)
        wanted = pycnn.ops.relu(small).tobytes()
        for _ in range(8):
            assert in_child(lambda: trained() == expected and pycnn.ops.relu(small).tobytes() == wanted)
    finally:
        ends.set()
        other.join()
    assert all(trained_in_thread)


def send_trained(connection):
    connection.send_bytes(trained())


def test_multiprocessing_with_fork(threads):
    expected = trained()
    context = multiprocessing.get_context("fork")
    for _ in range(2):
        receiver, sender = context.Pipe(duplex=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, that threads stay behind
            process = context.Process(target=send_trained, args=(sender,))
            process.start()
        assert receiver.poll(LONGEST_SECONDS)
        assert receiver.recv_bytes() == expected
        process.join(LONGEST_SECONDS)
        assert process.exitcode == 0
