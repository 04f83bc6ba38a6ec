"""fit, evaluate and predict on data sets and generators: the same as on arrays, whatever prepares the batches."""

import gc
import itertools
import threading

import numpy as np
import pytest

import pycnn
from pycnn import Input, Sequential, callbacks, layers, utils
from tests.checks import assert_same_bits

GENERATOR = np.random.default_rng(4)
X, Y = GENERATOR.normal(size=(22, 3)).astype(np.float32), GENERATOR.normal(size=(22, 1)).astype(np.float32)
W = GENERATOR.random(22).astype(np.float32)
SIZE = 4


class Rows(utils.PyDataset):
    """The arrays in batches of four; the last is smaller."""

    def __init__(self, parts=(X, Y), **options):
        super().__init__(**options)
        self.parts, self.calls, self.threads = parts, [], set()

    def __len__(self):
        return -(-len(X) // SIZE)

    def __getitem__(self, index):
        self.threads.add(threading.current_thread().name)
        batch = tuple(part[SIZE * index : SIZE * (index + 1)] for part in self.parts)
        return batch if len(batch) > 1 else batch[0]

    def on_epoch_begin(self):
        self.calls.append("begin")

    def on_epoch_end(self):
        self.calls.append("end")


class Endless(Rows):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return super().__getitem__(index % len(self))


def model():
    pycnn.utils.set_random_seed(0)
    made = Sequential([Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    made.compile("adam", "mse", metrics=["mae"])
    return made


def trained(*data, **options):
    made = model()
    history = made.fit(*data, verbose=0, **options).history
    return made.get_weights(), history


def assert_same(one, two):
    for left, right in zip(one[0], two[0], strict=True):
        assert_same_bits(left, right)
    assert one[1].keys() == two[1].keys()
    for name in one[1]:
        assert one[1][name] == pytest.approx(two[1][name], rel=1e-6)


def batches(*parts):
    return [tuple(part[start : start + SIZE] for part in parts) for start in range(0, len(X), SIZE)]


def no_threads_are_left():
    gc.collect()
    own = [thread for thread in threading.enumerate() if thread.name.startswith("pycnn-background")]
    for thread in own:
        thread.join(10)
    return not any(thread.is_alive() for thread in own)


ARRAYS = {"batch_size": SIZE, "shuffle": False, "epochs": 3}


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_a_data_set_trains_as_its_arrays_do(workers):
    data = Rows(workers=workers)
    assert_same(trained(data, shuffle=False, epochs=3), trained(X, Y, **ARRAYS))
    assert data.calls == ["begin", "end"] * 3
    assert (threading.current_thread().name in data.threads) == (workers == 0)
    weighted = trained(X, Y, sample_weight=W, **ARRAYS)
    assert_same(trained(Rows((X, Y, W), workers=workers), shuffle=False, epochs=3), weighted)
    assert no_threads_are_left()


def test_the_order_of_batches_does_not_depend_on_the_workers():
    results = [trained(Rows(workers=workers), epochs=3) for workers in (0, 1, 4)]
    for result in results[1:]:
        assert_same(results[0], result)
    assert not np.array_equal(results[0][0][0], trained(Rows(), shuffle=False, epochs=3)[0][0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: itertools.cycle(batches(X, Y)),
        lambda: (batch for _ in range(3) for batch in batches(X, Y)),
        lambda: Endless(workers=2),
        lambda: Endless(workers=0),
    ],
    ids=["cycle", "generator", "endless", "endless here"],
)
def test_steps_per_epoch(make):
    expected = trained(X, Y, **ARRAYS)
    assert_same(trained(make(), shuffle=False, epochs=3, steps_per_epoch=6), expected)
    assert no_threads_are_left()


def test_an_iterable_is_begun_anew_for_each_epoch():
    again = type("Again", (), {"__iter__": lambda self: iter(batches(X, Y))})()
    assert_same(trained(again, epochs=3), trained(X, Y, **ARRAYS))


def test_batches_may_be_lists():
    as_lists = ([x, y] for _ in range(3) for x, y in batches(X, Y))
    assert_same(trained(as_lists, epochs=3, steps_per_epoch=6), trained(X, Y, **ARRAYS))


def test_a_generator_is_not_read_beyond_what_is_needed():
    source = itertools.cycle(batches(X, Y))
    read = []
    trained((read.append(1) or batch for batch in source), epochs=2, steps_per_epoch=3)
    assert len(read) == 6


def test_a_generator_that_ends_too_early():
    with pytest.warns(UserWarning, match=r"\[fit\] the data must last for steps_per_epoch=4; got 2 batches"):
        _, history = trained(iter(batches(X, Y)), epochs=3, steps_per_epoch=4)
    assert len(history["loss"]) == 2


@pytest.mark.parametrize("workers", [0, 3])
def test_validation_evaluation_and_prediction(workers):
    made = model()
    data = Rows(workers=workers)
    history = made.fit(X, Y, validation_data=data, verbose=0).history
    values = made.evaluate(X, Y, batch_size=SIZE, verbose=0)
    assert made.evaluate(data, verbose=0) == pytest.approx(values, rel=1e-6)
    assert [history["val_loss"][0], history["val_mae"][0]] == pytest.approx(values, rel=1e-6)
    assert made.evaluate(data, steps=2, verbose=0) == pytest.approx(made.evaluate(X[:8], Y[:8], verbose=0), rel=1e-6)
    assert_same_bits(made.predict(Rows((X,), workers=workers), verbose=0), made.predict(X, verbose=0))
    assert_same_bits(made.predict(data, verbose=0), made.predict(X, verbose=0))
    assert no_threads_are_left()


def test_data_that_change_between_epochs():
    class Growing(Rows):
        scale = 1.0

        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return self.scale * x, y

        def on_epoch_end(self):
            self.scale *= 2

    results = [trained(Growing(workers=workers), shuffle=False, epochs=3) for workers in (0, 4)]
    assert_same(*results)
    made = model()
    for epoch in range(3):
        made.fit(2.0**epoch * X, Y, batch_size=SIZE, shuffle=False, verbose=0)
    for left, right in zip(made.get_weights(), results[0][0], strict=True):
        assert_same_bits(left, right)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_error_in_the_data_comes_through(workers):
    class Broken(Rows):
        def __getitem__(self, index):
            if index == 3:
                raise OSError("no such picture")
            return super().__getitem__(index)

    made = model()
    with pytest.raises(OSError, match="no such picture"):
        made.fit(Broken(workers=workers), shuffle=False, verbose=0)
    assert made.optimizer.iterations == 3
    assert no_threads_are_left()
    made.fit(X, Y, verbose=0)


@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError, None])
def test_a_run_that_ends_early_leaves_no_thread(problem):
    made = model()

    def end(batch, logs):
        if batch == 1:
            if problem:
                raise problem
            made.stop_training = True

    stop = callbacks.LambdaCallback(on_train_batch_end=end)
    if problem:
        with pytest.raises(problem):
            made.fit(Endless(workers=3), steps_per_epoch=9, callbacks=[stop], verbose=0)
    else:
        made.fit(Endless(workers=3), steps_per_epoch=9, callbacks=[stop], verbose=0)
    assert made.optimizer.iterations == 2
    assert no_threads_are_left()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(Rows(), Y, verbose=0), r"\[fit\] .*y"),
        (lambda m: m.fit(Rows(), validation_split=0.5, verbose=0), r"\[fit\] .*validation_split"),
        (lambda m: m.fit(Rows((X[:, :2], Y)), verbose=0), r"\[fit\] x must have shape \(None, 3\)"),
        (
            lambda m: m.fit(Rows((X, Y, W, W)), verbose=0),
            r"\[fit\] a batch must be x, \(x, y\) or \(x, y, sample_weight\)",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(model())
    assert no_threads_are_left()
