"""check_gradients: right gradients pass, planted errors are found and named."""

import numpy as np
import pytest

import pycnn
from pycnn import layers, losses, regularizers
from pycnn.layers import Layer
from pycnn.verify import check_gradients

GENERATOR = np.random.default_rng(3)
IMAGES = GENERATOR.normal(size=(2, 6, 5, 4))
ROWS = GENERATOR.normal(size=(3, 4))


def image_model():
    pycnn.utils.set_random_seed(1)
    return pycnn.Sequential(
        [
            layers.Input((6, 5, 4)),
            layers.Conv2D(3, 3, activation="relu", name="first"),
            pycnn.Sequential([layers.Input((4, 3, 3)), layers.BatchNormalization(name="norm")], name="inner"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5, activation="softmax", name="last"),
        ]
    )


RIGHT = [
    layers.Conv2D(3, 3, padding="same", activation="tanh"),
    layers.Conv2DTranspose(2, 3, strides=2),
    layers.DepthwiseConv2D(2),
    layers.MaxPooling2D(2),
    layers.BatchNormalization(),
    layers.GroupNormalization(2),
    layers.LayerNormalization(),
    layers.Dropout(0.5, seed=1),
    layers.GaussianNoise(0.5, seed=1),
    layers.PReLU(),
    layers.Dense(3, activation="gelu"),
    layers.UpSampling2D(2, interpolation="bilinear"),
    image_model(),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: type(layer).__name__)
def test_layers_of_pycnn(layer, training):
    report = check_gradients(layer, IMAGES, training=training, elements=30)
    assert report and report.holds and report.largest < 1e-7, report
    assert [error.compared > 0 for error in report.errors]


def test_the_parts_of_a_model_are_named():
    report = check_gradients(image_model(), IMAGES, elements=3)
    assert [error.name for error in report.errors] == [
        "input",
        *("first/kernel", "first/bias", "norm/gamma", "norm/beta", "last/kernel", "last/bias"),
    ]


def test_several_inputs():
    report = check_gradients(layers.Multiply(), [ROWS, ROWS[::-1] + 1, ROWS**2])
    assert report and [error.name for error in report.errors] == ["input 0", "input 1", "input 2"]


def test_the_layer_stays_as_it_is():
    layer = layers.Dense(2)
    layer(ROWS.astype(np.float32))
    before = layer.get_weights()
    check_gradients(layer, ROWS)
    assert layer.dtype == "float32" and layer.kernel.dtype == "float32"
    for mine, kept in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, kept)
    unbuilt = layers.Dense(2)
    check_gradients(unbuilt, ROWS)
    assert not unbuilt.built
    trained = image_model()
    trained.compile("sgd", "mse")
    trained.train_on_batch(IMAGES, np.zeros((2, 5)))
    before = trained.predict(IMAGES)
    assert check_gradients(trained, IMAGES, elements=5)
    np.testing.assert_array_equal(trained.predict(IMAGES), before)


# Of one's own, right and wrong


class Cube(Layer):
    """y = x ** 3; `backward` errs as told."""

    wrong = staticmethod(lambda dx: dx)

    def forward(self, inputs, training, **step):
        self.inputs = inputs
        return inputs**3

    def backward(self, dy):
        return self.wrong(3 * self.inputs**2 * dy)


def at_one_place(dx):
    dx = dx.copy()
    dx[1, 2] *= 1.01
    return dx


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda dx: dx, None),
        (lambda dx: 2 / 3 * dx, 1 / 3),
        (lambda dx: -dx, 2),
        (lambda dx: 0 * dx, 1),
        (lambda dx: dx + 1e-4, None),
        (lambda dx: dx[::-1], None),
        (lambda dx: np.nan * dx, np.nan),
        (at_one_place, None),
    ],
)
def test_a_layer_of_ones_own(wrong, error):
    layer = Cube(name="mine")
    layer.wrong = wrong
    report = check_gradients(layer, ROWS, elements=None)
    (found,) = report.errors
    dy_is_right = wrong(np.ones((3, 4)))
    right = np.array_equal(dy_is_right, np.ones((3, 4))) and np.array_equal(wrong(ROWS), ROWS)
    assert report.holds == bool(report) == right
    assert found.compared == 12 and found.kinks == 0
    if error is not None:
        assert found.error == pytest.approx(error, rel=1e-6, nan_ok=True)
    if not right:
        assert str(report).startswith("gradients of Cube 'mine': WRONG")
        assert f"at {found.index} it is {found.gradient:.6g}, must be {found.expected:.6g}" in repr(report)


def test_the_wrong_element_is_named():
    layer = Cube()
    layer.wrong = at_one_place
    (found,) = check_gradients(layer, ROWS).errors
    assert found.index == (1, 2) and found.gradient == pytest.approx(1.01 * found.expected)


def test_kinks_are_left_out():
    x = np.array([[1.0, 0.0, -2.0, 0.0, 3.0]])
    (found,) = check_gradients(layers.ReLU(), x).errors
    assert (found.compared, found.kinks) == (3, 2)
    report = check_gradients(layers.ReLU(), np.zeros((1, 5)))
    assert not report.holds and report.errors[0].compared == 0  # nothing is proved
    (found,) = check_gradients(layers.MaxPooling1D(2), np.array([[[1.0], [1.0], [2.0], [3.0]]])).errors
    assert (found.compared, found.kinks) == (2, 2)


def test_a_strong_bend_is_no_kink():
    class Steep(Cube):
        def forward(self, inputs, training, **step):
            self.inputs = inputs
            return np.cos(1000 * inputs)

        def backward(self, dy):
            return -1000 * np.sin(1000 * self.inputs) * dy

    report = check_gradients(Steep(), ROWS, tolerance=1e-4)
    assert report and report.errors[0].kinks == 0


class Squares(losses.Loss):
    factor = 2

    def call(self, y_true, y_pred):
        return np.sum((y_pred - y_true) ** 2, axis=-1)

    def gradient(self, y_true, y_pred, dlosses):
        return self.factor * (y_pred - y_true) * dlosses[..., np.newaxis]


def squares_and_gradient(y_true, y_pred):
    return np.sum((y_pred - y_true) ** 2, axis=-1), 2 * (y_pred - y_true)


PROBABILITIES = GENERATOR.dirichlet(np.ones(4), size=3)


@pytest.mark.parametrize(
    ("loss", "inputs", "y_true"),
    [
        ("mse", ROWS, ROWS + 1),
        ("huber", ROWS, ROWS + np.array([0.5, -3, 2, 0.1])),
        (losses.CategoricalCrossentropy(label_smoothing=0.1), PROBABILITIES, np.eye(4)[[1, 0, 3]]),
        (losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3), ROWS, [0, 3, 2]),
        (losses.Dice(), PROBABILITIES, np.eye(4)[[1, 0, 3]]),
        (Squares(), ROWS, ROWS**2),
        (Squares(reduction="sum"), ROWS, ROWS**2),
        (squares_and_gradient, ROWS, ROWS**2),
    ],
)
@pytest.mark.parametrize("sample_weight", [None, [1.0, 0.0, 2.5]])
def test_losses(loss, inputs, y_true, sample_weight):
    report = check_gradients(loss, inputs, y_true, sample_weight)
    assert report and report.largest < 1e-7, report


def test_a_wrong_loss():
    loss = Squares()
    loss.factor = 1
    report = check_gradients(loss, ROWS, ROWS**2)
    assert not report and report.largest == pytest.approx(0.5)


def test_regularizers():
    assert check_gradients(regularizers.L1L2(0.1, 0.2), ROWS)

    class Wrong(regularizers.Regularizer):
        def __call__(self, w):
            return float(np.sum(w**2))

        def gradient(self, w):
            return w

    assert check_gradients(Wrong(), ROWS).largest == pytest.approx(0.5)


def test_elements():
    assert check_gradients(layers.Dense(30), ROWS, elements=7).errors[1].compared == 7
    assert check_gradients(layers.Dense(30), ROWS, elements=None).errors[1].compared == 120


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: check_gradients("mse", ROWS), r"\[check_gradients\] y_true must be given for a loss"),
        (ValueError, lambda: check_gradients("mse", ROWS, ROWS, elements=0), r"\[check_gradients\] elements"),
        (ValueError, lambda: check_gradients("mse", ROWS, ROWS, tolerance=-1), r"\[check_gradients\] tolerance"),
        (ValueError, lambda: check_gradients("mse", ROWS, ROWS, seed=-1), r"\[check_gradients\] seed"),
        (
            TypeError,
            lambda: check_gradients(layers.ReLU(), ["a"]),
            r"\[check_gradients\] inputs must hold real numbers",
        ),
        (ValueError, lambda: check_gradients("mxe", ROWS, ROWS), r"did you mean"),
    ],
)
def test_refusals(error, call, message):
    with pytest.raises(error, match=message):
        call()


def test_a_gradient_of_another_shape_is_refused():
    class Flat(Squares):
        def gradient(self, y_true, y_pred, dlosses):
            return super().gradient(y_true, y_pred, dlosses).ravel()

    with pytest.raises(ValueError, match=r"must have|shape"):
        check_gradients(Flat(), ROWS, ROWS)


# Graphs, and layers of one's own with weights


class Scale(Layer):
    """y = x * scale + shift; the statistic is no trained weight."""

    wrong = 1.0

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), initializer="random_normal", name="scale")
        self.statistic = self.add_weight((1,), initializer="ones", name="statistic", trainable=False)
        self.shift = self.add_weight((input_shape[-1],), name="shift")

    def forward(self, inputs, training, **step):
        self.inputs = inputs
        return inputs * self.scale.value * self.statistic.value + self.shift.value

    def backward(self, dy):
        axes = tuple(range(dy.ndim - 1))
        dscale = (dy * self.inputs * self.statistic.value).sum(axis=axes)
        return dy * self.scale.value * self.statistic.value, [self.wrong * dscale, dy.sum(axis=axes)]


def test_a_layer_of_ones_own_with_weights():
    report = check_gradients(Scale(), IMAGES)
    assert report and [error.name for error in report.errors] == ["input", "scale", "shift"]
    layer = Scale()
    layer.wrong = 1.5
    report = check_gradients(layer, IMAGES)
    assert [error.error > 0.1 for error in report.errors] == [False, True, False], report


def graph_model(**options):
    pycnn.utils.set_random_seed(2)
    images, rows = layers.Input((6, 5, 4), name="images"), layers.Input((4,), name="rows")
    shared = layers.Dense(3, activation="tanh", name="shared", **options)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="conv")(images))
    first = layers.Add()([shared(x), 2 * shared(rows)])
    second = Scale(name="mine")(layers.Concatenate()([first, rows]) ** 2)
    return images, rows, first, second


def test_graphs():
    images, rows, first, second = graph_model()
    names = [
        "input 0",
        "input 1",
        "conv/kernel",
        "conv/bias",
        "shared/kernel",
        "shared/bias",
        "mine/scale",
        "mine/shift",
    ]
    batch = IMAGES[:2], ROWS[:2]
    for inputs, outputs, given in (
        ([images, rows], [first, second], list(batch)),
        ([images, rows], second, batch),
        ({"a": images, "b": rows}, {"x": first, "y": second}, {"b": batch[1], "a": batch[0]}),
    ):
        report = check_gradients(pycnn.Model(inputs, outputs), given, elements=20)
        assert report and report.largest < 1e-7, report
        assert sorted(error.name for error in report.errors) == sorted(names)


def test_activity_regularizers_are_part_of_a_model():
    images, rows, _, second = graph_model(activity_regularizer=regularizers.L2(0.3))
    assert check_gradients(pycnn.Model([images, rows], second), [IMAGES[:2], ROWS[:2]], elements=20)
