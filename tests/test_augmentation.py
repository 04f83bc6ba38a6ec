"""The random image layers: draws by sample, ranges, transposes; values of Keras 3 where only one draw is possible."""

import json
import pathlib

import numpy as np
import pytest

from pycnn import _core
from pycnn.layers import Conv2D, RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from tests.checks import assert_gradients, running_with

KERAS = np.load(pathlib.Path(__file__).with_name("data") / "keras_affine.npz")

LAYERS = [
    lambda **kw: RandomFlip("horizontal", **kw),
    lambda **kw: RandomFlip("vertical", **kw),
    lambda **kw: RandomFlip(**kw),
    lambda **kw: RandomTranslation(0.3, (-0.1, 0.4), **kw),
    lambda **kw: RandomRotation(0.2, fill_mode="constant", fill_value=0.5, **kw),
    lambda **kw: RandomZoom((-0.4, 0.2), fill_mode="wrap", **kw),
    lambda **kw: RandomZoom(0.3, 0.2, fill_mode="nearest", interpolation="nearest", **kw),
]


def step(layer, x, *, seed=1, epoch=0, samples=None):
    samples = np.arange(len(x)) if samples is None else np.asarray(samples)
    return layer.forward(x, True, seed=seed, epoch=epoch, samples=samples.astype(np.int64))


@pytest.fixture
def images():
    return np.random.default_rng(6).uniform(size=(12, 6, 5, 2)).astype(np.float32)


@pytest.mark.parametrize("make", LAYERS)
def test_a_sample_keeps_its_draw_in_any_batch(make, images):
    layer = make(name="one")
    expected = step(layer, images)
    assert not np.array_equal(expected, images)
    for rows in ([3], [11, 0, 5], [2, 2], list(range(11, -1, -1))):
        assert step(layer, images[rows], samples=rows).tobytes() == expected[rows].tobytes()
    assert step(make(name="one"), images).tobytes() == expected.tobytes()


@pytest.mark.parametrize("make", LAYERS)
def test_draws_differ_by_seed_epoch_sample_and_name(make, images):
    same = np.broadcast_to(images[:1], images.shape)
    expected = step(make(name="one"), same)
    assert len({image.tobytes() for image in expected}) > 1
    for other in (
        step(make(name="one"), same, epoch=1),
        step(make(name="one"), same, seed=2),
        step(make(name="one"), same, seed=1 + 2**40),
        step(make(name="one"), same, samples=np.arange(12) + 2**33),
        step(make(name="two"), same),
    ):
        assert not np.array_equal(other, expected)
    own = make(name="one", seed=1)
    np.testing.assert_array_equal(step(own, same, seed=99), expected)
    assert not np.array_equal(step(own, same, seed=99, epoch=1), expected)


@pytest.mark.parametrize("make", LAYERS)
def test_bits_of_a_layer_do_not_depend_on_threads(make):
    x = np.random.default_rng(8).uniform(size=(9, 50, 45, 2)).astype(np.float32)
    runs = []
    for threads in (1, 2, 3):
        with running_with(threads=threads):
            layer = make(name="one")
            runs.append((step(layer, x).tobytes(), layer.backward(x).tobytes()))
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("make", LAYERS)
def test_nothing_happens_in_inference(make, images):
    layer = make()
    np.testing.assert_array_equal(layer(images, training=False), images)
    np.testing.assert_array_equal(layer(np.full((2, 3, 3, 1), 7, np.uint8), training=False), 7.0)
    step(layer, images)
    layer.forward(images, False, seed=1, epoch=0, samples=np.arange(12))
    np.testing.assert_array_equal(layer.backward(images), images)


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_backward_is_the_transpose_of_forward(make, data_format, images):
    layer = make(data_format=data_format, dtype="float64")
    x, dy = np.random.default_rng(9).normal(size=(2, *images.shape))
    moved = step(layer, x) - step(layer, np.zeros_like(x))
    np.testing.assert_allclose(np.vdot(moved, dy), np.vdot(x, layer.backward(dy)), rtol=1e-12)


@pytest.mark.parametrize("make", LAYERS)
def test_gradients_reach_a_convolution_below(make, rng):
    below, layer = Conv2D(2, 3, padding="same", dtype="float64"), make(seed=4, dtype="float64")
    below.build((None, 5, 4, 1))
    graph = _core.Graph("float64")
    network = _core.Network(graph, layer.add_to(graph, [below.add_to(graph, [graph.input((5, 4, 1))])]))
    for _, _, view, _ in network.parameters():
        view[...] = rng.normal(size=view.shape)
    network.touch()
    x, dy = rng.normal(size=(3, 5, 4, 1)), rng.normal(size=(3, 5, 4, 2))
    assert_gradients(lambda x: network.forward(x, True), network.gradients(x, dy, True)[1], [x], dy)


@pytest.mark.parametrize("make", LAYERS)
def test_channels_first_is_the_same_with_other_axes(make, images):
    first = step(make(name="one", data_format="channels_first"), np.ascontiguousarray(np.moveaxis(images, -1, 1)))
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), step(make(name="one"), images))


@pytest.mark.parametrize("make", LAYERS)
def test_a_direct_call_is_active_by_default_and_takes_one_image(make):
    layer = make(seed=3, name="one")
    x = np.random.default_rng(10).uniform(size=(40, 6, 5, 2)).astype(np.float32)
    y = layer(x)
    assert y.dtype == np.float32
    assert not np.array_equal(y, x)
    np.testing.assert_array_equal(y, step(make(seed=3, name="one"), x))
    np.testing.assert_array_equal(layer(x[0]), y[0])
    assert layer(x[:0]).shape == (0, 6, 5, 2)


@pytest.mark.parametrize("make", LAYERS)
def test_configuration_makes_the_same_layer(make, images):
    layer = make(seed=5)
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(step(again, images), step(layer, images))
    assert layer.compute_output_shape((None, 6, 5, 2)) == (None, 6, 5, 2)


@pytest.mark.parametrize(("mode", "turned"), [("horizontal", (1, -1)), ("vertical", (-1, 1)), (None, (-1, -1))])
def test_half_of_the_images_are_flipped(mode, turned):
    image = np.arange(6.0).reshape(2, 3, 1)
    x = np.broadcast_to(image, (4000, 2, 3, 1))
    y = step(RandomFlip(mode, name="flip") if mode else RandomFlip(name="flip"), x)
    flipped = (y == image[:: turned[0], :: turned[1]]).all((1, 2, 3))
    kept = (y == image).all((1, 2, 3))
    assert (flipped ^ kept).all()
    assert abs(flipped.sum() - 2000) < 5 * np.sqrt(1000)


def ramp(count):
    """Images whose two channels are the row and the column: a warped one tells where it was read."""
    rows, columns = np.mgrid[:41, :31]
    return np.broadcast_to(np.stack([rows, columns], -1).astype(np.float64), (count, 41, 31, 2))


def spreads(values, low, high):
    """Uniform in [low, high): inside, close to both ends, mean and quarters where they belong."""
    scaled = (values - low) / (high - low)
    assert scaled.min() > -1e-9
    assert scaled.min() < 0.01
    assert 0.99 < scaled.max() < 1 + 1e-9
    assert np.all(np.abs(np.histogram(scaled, 4, (-1e-9, 1 + 1e-9))[0] / len(values) - 0.25) < 0.05)


def independent(a, b):
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.08


def test_translations_fill_their_ranges():
    y = step(RandomTranslation((-0.3, 0.1), 0.2, dtype="float64", name="move"), ramp(2000))
    down, right = 20 - y[:, 20, 15, 0], 15 - y[:, 20, 15, 1]
    spreads(down / 41, -0.3, 0.1)
    spreads(right / 31, -0.2, 0.2)
    independent(down, right)


def test_rotations_fill_their_range_about_the_centre():
    y = step(RandomRotation((-0.2, 0.1), dtype="float64", name="turn"), ramp(2000))
    np.testing.assert_allclose(y[:, 20, 15], np.broadcast_to([20, 15], (2000, 2)), atol=1e-9)
    rise, run = y[:, 20, 20, 0] - 20, y[:, 20, 20, 1] - 15
    np.testing.assert_allclose(np.hypot(rise, run), 5, atol=1e-9)
    spreads(np.arctan2(rise, run) / (2 * np.pi), -0.2, 0.1)


def test_zooms_fill_their_ranges_about_the_centre():
    y = step(RandomZoom((-0.5, 0.25), 0.4, dtype="float64", name="zoom"), ramp(2000))
    np.testing.assert_allclose(y[:, 20, 15], np.broadcast_to([20, 15], (2000, 2)), atol=1e-9)
    vertical, horizontal = (y[:, 24, 15, 0] - 20) / 4 - 1, (y[:, 20, 19, 1] - 15) / 4 - 1
    spreads(vertical, -0.5, 0.25)
    spreads(horizontal, -0.4, 0.4)
    independent(vertical, horizontal)


def test_zoom_keeps_the_aspect_ratio_by_default():
    y = step(RandomZoom(0.4, dtype="float64", name="zoom"), ramp(100))
    np.testing.assert_allclose(y[:, 24, 15, 0] - 20, y[:, 20, 19, 1] - 15, atol=1e-9)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "reflect", "wrap"])
@pytest.mark.parametrize(
    "layer",
    [
        (RandomTranslation, {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2)}),
        (RandomRotation, {"factor": (0.1, 0.1)}),
        (RandomZoom, {"height_factor": (0.4, 0.4), "width_factor": (-0.3, -0.3)}),
    ],
    ids=lambda layer: layer[0].__name__,
)
def test_layers_with_one_possible_draw_are_those_of_keras(layer, fill_mode, interpolation):
    kind, arguments = layer
    how = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": float(KERAS["fill_value"])}
    y = kind(**arguments, **how)(KERAS["images"][:2])
    expected = KERAS[f"{kind.__name__}/{fill_mode}/{interpolation}"]
    np.testing.assert_allclose(y, expected, rtol=0, atol=3e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RandomFlip("diagonal"), r"\[RandomFlip\] .*mode='diagonal'"),
        (lambda: RandomFlip(seed=-1), r"\[RandomFlip\] .*seed=-1"),
        (lambda: RandomFlip(seed=0.5), r"\[RandomFlip\] .*seed=0.5"),
        (lambda: RandomFlip(data_format="NHWC"), r"\[RandomFlip\] .*data_format='NHWC'"),
        (lambda: RandomTranslation(1.5, 0), r"\[RandomTranslation\] .*height_factor=1.5"),
        (lambda: RandomTranslation(0, "0.1"), r"\[RandomTranslation\] .*width_factor='0.1'"),
        (lambda: RandomTranslation(0, (0, 0, 0)), r"\[RandomTranslation\] .*width_factor=\(0, 0, 0\)"),
        (lambda: RandomTranslation(0, [0.1]), r"\[RandomTranslation\] .*width_factor=\[0.1\]"),
        (lambda: RandomTranslation(None, 0), r"\[RandomTranslation\] .*height_factor=None"),
        (lambda: RandomRotation((-2, 0)), r"\[RandomRotation\] .*factor=\(-2, 0\)"),
        (lambda: RandomRotation(float("nan")), r"\[RandomRotation\] .*factor=nan"),
        (lambda: RandomRotation(True), r"\[RandomRotation\] .*factor=True"),
        (lambda: RandomRotation(0.1, fill_mode="mirror"), r"\[RandomRotation\] .*fill_mode='mirror'"),
        (lambda: RandomRotation(0.1, interpolation="lanczos3"), r"\[RandomRotation\] .*interpolation='lanczos3'"),
        (lambda: RandomRotation(0.1, fill_value=float("inf")), r"\[RandomRotation\] .*fill_value=inf"),
        (lambda: RandomZoom(-1), r"\[RandomZoom\] .*height_factor=-1"),
        (lambda: RandomZoom(0.5, (-1.0, 0)), r"\[RandomZoom\] .*width_factor=\(-1.0, 0\)"),
        (lambda: RandomZoom(0.5, 2**70), r"\[RandomZoom\] .*width_factor=1180591620717411303424"),
        (lambda: RandomZoom(0.5)(np.zeros((2, 3))), r"\[RandomZoom\] .*input_shape=\(None, 3\)"),
        (lambda: RandomFlip()(np.zeros((1, 2, 3, 4, 5))), r"\[RandomFlip\] .*input_shape=\(None, 2, 3, 4, 5\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
