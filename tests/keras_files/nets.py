"""The nets: built with Keras or with pycnn, whichever module is given. Small, without random numbers in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.keras_files import functional_nets

SAMPLES = 6
STEPS = 3


class Net(NamedTuple):
    """How to build a net, how to compile it, and what it is trained on."""

    build: Callable[[Any], Any]
    optimizer: Callable[[Any], Any]
    loss: Any
    inputs: tuple[tuple[int, ...], ...]
    targets: tuple[tuple[int, ...] | int, ...]  # shape of a sample, or number of classes
    metrics: tuple[str, ...] = ()
    loss_weights: Any = None
    names: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # of inputs and outputs in dictionaries


def lenet(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(3, 5, padding="same", activation="tanh", name="c1"),
            layers.AveragePooling2D(2),
            layers.Conv2D(4, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="tanh"),
            layers.Dense(5, activation="softmax"),
        ],
        name="lenet",
    )


def vgg(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 3))], name="vgg")
    for filters in (4, 6):
        for _ in range(2):
            model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"))
            model.add(layers.BatchNormalization(momentum=0.9))
            model.add(layers.ReLU())
        model.add(layers.MaxPooling2D(2))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(3))
    return model


def autoencoder(keras: Any) -> Any:
    layers = keras.layers
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.1),
            layers.Conv2D(6, 3, strides=2, padding="same", activation="elu"),
        ],
        name="encoder",
    )
    decoder = keras.Sequential(
        [
            keras.Input((2, 2, 6)),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu"),
            layers.UpSampling2D(2),
            layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
        ],
        name="decoder",
    )
    return keras.Sequential([keras.Input((8, 8, 1)), encoder, decoder], name="autoencoder")


def separable(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((9, 9, 3)),
            layers.Rescaling(0.5, offset=0.1),
            layers.SeparableConv2D(6, 3, activation="relu", depth_multiplier=2),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.GroupNormalization(groups=3),
            layers.PReLU(shared_axes=[1, 2]),
            layers.LayerNormalization(),
            layers.ZeroPadding2D(((1, 0), (0, 1))),
            layers.Cropping2D(1),
            layers.GlobalMaxPooling2D(),
            layers.Dense(4, activation="softmax"),
        ],
        name="separable",
    )


def sequence(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((16, 2)),
            layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="gelu"),
            layers.MaxPooling1D(2),
            layers.Permute((2, 1)),
            layers.Reshape((8, 4)),
            layers.Conv1D(3, 3, groups=1, activation="silu"),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="sequence",
    )


def adapted(keras: Any) -> Any:
    """Statistics of data as weights, one of them an integer; no Input; a frozen layer."""
    layers = keras.layers
    normalization = layers.Normalization()
    normalization.adapt(np.linspace(-2, 3, 24, dtype=np.float32).reshape(4, 3, 2))
    frozen = layers.Conv1D(3, 2)
    frozen.trainable = False
    model = keras.Sequential([normalization, frozen, layers.Flatten(), layers.Dense(2)], name="adapted")
    model.build((None, 3, 2))
    return model


SEQUENTIAL = {
    "adapted": Net(adapted, lambda keras: keras.optimizers.Adam(0.01), "mse", ((3, 2),), ((2,),)),
    "lenet": Net(
        lenet,
        lambda keras: keras.optimizers.SGD(0.05, momentum=0.9),
        "sparse_categorical_crossentropy",
        ((12, 12, 1),),
        (5,),
        ("accuracy",),
    ),
    "vgg": Net(
        vgg,
        lambda keras: keras.optimizers.Adam(0.01, amsgrad=True),
        lambda keras: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ((8, 8, 3),),
        (3,),
    ),
    "autoencoder": Net(
        autoencoder,
        lambda keras: keras.optimizers.RMSprop(0.002, momentum=0.5, centered=True),
        "mse",
        ((8, 8, 1),),
        ((8, 8, 1),),
        ("mae",),
    ),
    "separable": Net(
        separable,
        lambda keras: keras.optimizers.AdamW(0.01, weight_decay=0.1),
        "sparse_categorical_crossentropy",
        ((9, 9, 3),),
        (4,),
    ),
    "sequence": Net(
        sequence,
        lambda keras: keras.optimizers.SGD(0.1, momentum=0.5, nesterov=True),
        "binary_crossentropy",
        ((16, 2),),
        ((1,),),
    ),
}
# One small net for every kind of state that an optimizer has.
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "adadelta": lambda keras: keras.optimizers.Adadelta(1.0),
    "adagrad": lambda keras: keras.optimizers.Adagrad(0.1),
    "adam_accumulating": lambda keras: keras.optimizers.Adam(0.05, gradient_accumulation_steps=2),
    "adam_averaging": lambda keras: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.5),
    "adamax": lambda keras: keras.optimizers.Adamax(0.05),
    "lion": lambda keras: keras.optimizers.Lion(0.05, weight_decay=0.1),
    "nadam": lambda keras: keras.optimizers.Nadam(0.05),
    "rmsprop": lambda keras: keras.optimizers.RMSprop(0.05, clipnorm=0.5),
    "sgd": lambda keras: keras.optimizers.SGD(0.1),
    "sgd_scheduled": lambda keras: keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(0.5, 7, warmup_target=1.0, warmup_steps=2), momentum=0.5
    ),
}


def small(keras: Any) -> Any:
    regularizer = keras.regularizers.L2(0.05)
    constraint = keras.constraints.MaxNorm(1.5, axis=[0])
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, activation="tanh", kernel_regularizer=regularizer, name="first"),
            keras.layers.Dense(2, kernel_constraint=constraint, name="second"),
        ],
        name="small",
    )


FUNCTIONAL = {
    "operations": Net(
        functional_nets.operations, lambda keras: keras.optimizers.SGD(0.05, momentum=0.5), "mse", ((4, 3),), ((2,),)
    ),
    "resnet": Net(
        functional_nets.resnet,
        lambda keras: keras.optimizers.Adam(0.01),
        "sparse_categorical_crossentropy",
        ((8, 8, 3),),
        (3,),
        ("accuracy",),
    ),
    "inception": Net(
        functional_nets.inception,
        lambda keras: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        lambda keras: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ((8, 8, 2),),
        (4,),
    ),
    "two_inputs": Net(
        functional_nets.two_inputs,
        lambda keras: keras.optimizers.RMSprop(0.01),
        ["sparse_categorical_crossentropy", "mse"],
        ((6, 6, 1), (3,)),
        (3, (1,)),
        loss_weights=[1.0, 0.5],
    ),
    "shared": Net(
        functional_nets.shared,
        lambda keras: keras.optimizers.Nadam(0.01),
        "binary_crossentropy",
        ((6, 6, 1), (6, 6, 1)),
        ((1,),),
    ),
    "dictionaries": Net(
        functional_nets.dictionaries,
        lambda keras: keras.optimizers.Adam(0.01),
        {"total": "mse", "code": "mae"},
        ((4,), (4,)),
        ((1,), (2,)),
        loss_weights={"total": 1.0, "code": 0.25},
        names=(("left", "right"), ("total", "code")),
    ),
}
NETS = {
    **SEQUENTIAL,
    **FUNCTIONAL,
    **{name: Net(small, optimizer, "mse", ((4,),), ((2,),)) for name, optimizer in OPTIMIZERS.items()},
}


def compiled(name: str, keras: Any) -> Any:
    """A net with new weights, compiled."""
    net = NETS[name]
    model = net.build(keras)
    loss = net.loss(keras) if callable(net.loss) else net.loss
    model.compile(net.optimizer(keras), loss, loss_weights=net.loss_weights, metrics=list(net.metrics))
    return model


def data(name: str) -> tuple[Any, Any]:
    """Inputs and targets, the same everywhere; lists or dictionaries when there are several."""
    net = NETS[name]
    random = np.random.default_rng(sum(name.encode()))
    x = [random.uniform(-1, 1, (SAMPLES, *shape)).astype(np.float32) for shape in net.inputs]
    y = [
        np.arange(SAMPLES) % kind
        if isinstance(kind, int)
        else random.uniform(0, 1, (SAMPLES, *kind)).astype(np.float32)
        for kind in net.targets
    ]
    if net.names is not None:
        return tuple(dict(zip(names, arrays, strict=True)) for names, arrays in zip(net.names, (x, y), strict=True))
    return (x[0] if len(x) == 1 else x), (y[0] if len(y) == 1 else y)


def _targets(kind: tuple[int, ...] | int, random: np.random.Generator) -> np.ndarray:
    if isinstance(kind, int):
        return np.arange(SAMPLES) % kind
    return random.uniform(0, 1, (SAMPLES, *kind)).astype(np.float32)


def train(name: str, model: Any) -> None:
    """Take the steps."""
    x, y = data(name)
    for _ in range(STEPS):
        model.train_on_batch(x, y)


def predictions(name: str, model: Any) -> list[np.ndarray]:
    """The outputs for the inputs; one array for each output."""
    outputs = model.predict(data(name)[0], verbose=0)
    if isinstance(outputs, dict):
        outputs = [outputs[key] for key in sorted(outputs)]
    return [np.asarray(output) for output in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]
