"""Thirty training steps of eight nets with Keras or pycnn: the same weights, batches, losses and optimizers.

The nets are those of tests/keras_files. Numbers are drawn as raw PCG64 words, whose stream NumPy keeps fixed for ever,
and are multiples of 2**-24, so that float32 and float64 begin alike. Rates are gentle: where training is unstable, a
rounding error that moves one maximum or one ReLU grows until two correct programs differ visibly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.keras_files.nets import NETS

STEPS, SAMPLES = 30, 8


class Case(NamedTuple):
    """How a net is trained."""

    optimizer: Callable[[Any], Any]  # of the module
    loss: Any  # names, or a function of the module
    metrics: Any = None
    loss_weights: Any = None
    regularizer: Callable[[Any], Any] | None = None  # of all kernels
    class_weight: dict[int, float] | None = None
    sample_weights: tuple[int, ...] | None = None  # the shape behind the samples' axis
    one_hot: bool = False


CASES: dict[str, Case] = {
    "lenet": Case(
        lambda keras: keras.optimizers.SGD(0.01, momentum=0.9),
        "sparse_categorical_crossentropy",
        ["accuracy"],
    ),
    "vgg": Case(
        lambda keras: keras.optimizers.Adam(0.002),
        lambda keras: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        class_weight={0: 0.5, 1: 2.0, 2: 1.25},
    ),
    "resnet": Case(
        lambda keras: keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(0.002, 40, warmup_target=0.01, warmup_steps=5),
            momentum=0.9,
            nesterov=True,
        ),
        lambda keras: keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        ["categorical_accuracy"],
        regularizer=lambda keras: keras.regularizers.L2(0.01),
        one_hot=True,
    ),
    "inception": Case(
        lambda keras: keras.optimizers.RMSprop(0.001, momentum=0.5),
        lambda keras: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        regularizer=lambda keras: keras.regularizers.L1(0.002),
    ),
    "autoencoder": Case(
        lambda keras: keras.optimizers.Nadam(0.002),
        "mse",
        ["mae"],
        sample_weights=(8, 8),
    ),
    "two_inputs": Case(
        lambda keras: keras.optimizers.AdamW(0.003, weight_decay=0.05, global_clipnorm=1.0),
        lambda keras: ["sparse_categorical_crossentropy", keras.losses.Huber(delta=0.3)],
        loss_weights=[1.0, 0.4],
    ),
    "shared": Case(
        lambda keras: keras.optimizers.Adagrad(0.01),
        "binary_focal_crossentropy",
        ["binary_accuracy"],
    ),
    "separable": Case(
        lambda keras: keras.optimizers.Adamax(0.003, clipvalue=0.5),
        "sparse_categorical_crossentropy",
        sample_weights=(),
    ),
}


def _uniform(stream: np.random.PCG64, *shape: int) -> np.ndarray:
    words = stream.random_raw(int(np.prod(shape)))
    return ((words >> np.uint64(40)).astype(np.float64) * 2.0**-24).reshape(shape)


def initial_weights(model: Any) -> list[np.ndarray]:
    """He-uniform kernels; scales and variances near 1, all other weights near 0 but not at it."""
    stream = np.random.PCG64(31)
    weights = []
    for weight in model.weights:
        drawn = 2 * _uniform(stream, *weight.shape) - 1
        if weight.name.endswith("kernel"):
            drawn *= np.float32(np.sqrt(6 / np.prod(weight.shape[:-1])))
        else:
            drawn = drawn / 16 + (weight.name in ("gamma", "moving_variance"))
        weights.append(drawn.astype(np.float32))
    return weights


def batches(name: str) -> list[tuple[list[np.ndarray], list[np.ndarray], np.ndarray]]:
    """Inputs, targets and sample weights of each step; targets can be learned: they depend on the inputs."""
    net, case = NETS[name], CASES[name]
    stream = np.random.PCG64(32)
    made = []
    for _ in range(STEPS):
        x = [(2 * _uniform(stream, SAMPLES, *shape) - 1).astype(np.float32) for shape in net.inputs]
        hidden = x[0].reshape(SAMPLES, -1)[:, :5].sum(axis=1)
        y: list[np.ndarray] = []
        for kind in net.targets:
            if isinstance(kind, int):
                labels = np.floor(16 * np.abs(hidden)).astype(np.int64) % kind
                y.append(np.eye(kind)[labels] if case.one_hot else labels)
            elif kind == net.inputs[0]:
                y.append(np.abs(x[0]))
            else:
                y.append(np.tile((hidden > 0)[:, None], (1, *kind)).astype(np.float32))
        made.append((x, y, _uniform(stream, SAMPLES, *(case.sample_weights or ()))))
    return made


def trajectory(keras: Any, name: str) -> list[np.ndarray]:
    """What each step returns, an array (STEPS, values), then the weights at the end."""
    case = CASES[name]
    model = NETS[name].build(keras)
    model.set_weights(initial_weights(model))
    if case.regularizer is not None:
        for weight in model.trainable_weights:
            if weight.name.endswith("kernel"):
                weight.regularizer = case.regularizer(keras)
    loss = case.loss(keras) if callable(case.loss) else case.loss
    model.compile(case.optimizer(keras), loss, loss_weights=case.loss_weights, metrics=case.metrics)
    results = []
    for x, y, sample_weight in batches(name):
        given = {"class_weight": case.class_weight} if case.class_weight else {}
        if case.sample_weights is not None:
            given["sample_weight"] = sample_weight
        x, y = (each[0] if len(each) == 1 else each for each in (x, y))
        results.append(np.ravel(model.train_on_batch(x, y, **given)))
    return [np.array(results, np.float64), *model.get_weights()]
