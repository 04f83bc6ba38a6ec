"""Functional nets: branches, several inputs and outputs, shared layers, models inside models, arithmetic on tensors."""

from __future__ import annotations

from typing import Any


def resnet(keras: Any) -> Any:
    layers = keras.layers

    def block(x: Any, filters: int, strides: int) -> Any:
        y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization(momentum=0.9)(y)
        y = layers.Activation("relu")(y)
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization(momentum=0.9)(y)
        if strides > 1:
            x = layers.Conv2D(filters, 1, strides=strides, name="projection")(x)
        return layers.ReLU()(layers.Add()([x, y]))

    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.ZeroPadding2D(1)(inputs)
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = block(block(x, 4, 1), 6, 2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x), name="resnet")


def inception(keras: Any) -> Any:
    layers = keras.layers

    def module(x: Any, name: str) -> Any:
        pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        branches = [
            layers.Conv2D(2, 1, activation="relu", name=f"{name}_1x1")(x),
            layers.Conv2D(3, 3, padding="same", activation="relu")(layers.Conv2D(2, 1, activation="relu")(x)),
            layers.Conv2D(2, 5, padding="same", activation="relu")(layers.Conv2D(1, 1, activation="relu")(x)),
            layers.Conv2D(1, 1, activation="relu")(pooled),
        ]
        return layers.Concatenate(name=name)(branches)

    inputs = keras.Input((8, 8, 2))
    x = module(module(inputs, "first"), "second")
    x = layers.Flatten()(layers.AveragePooling2D(4)(x))
    return keras.Model(inputs, layers.Dense(4)(x))


def two_inputs(keras: Any) -> Any:
    """Two inputs, two outputs with losses of their own."""
    layers = keras.layers
    image = keras.Input((6, 6, 1), name="image")
    numbers = keras.Input((3,), name="numbers")
    seen = layers.Flatten()(layers.Conv2D(3, 3, activation="tanh")(image))
    told = layers.Dense(4, activation="elu")(numbers)
    both = layers.concatenate([seen, told])
    kind = layers.Dense(3, activation="softmax", name="kind")(both)
    size = layers.Dense(1, name="size")(layers.Multiply()([layers.Dense(4)(seen), told]))
    return keras.Model([image, numbers], [kind, size])


def shared(keras: Any) -> Any:
    """One encoder, a model itself, and one layer seen twice; a sum and a product with numbers."""
    layers = keras.layers
    encoder = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(5)],
        name="encoder",
    )
    inner_input = keras.Input((5,))
    inner = keras.Model(inner_input, layers.Dense(4, activation="tanh")(layers.LayerNormalization()(inner_input)))
    left, right = keras.Input((6, 6, 1)), keras.Input((6, 6, 1))
    last = layers.Dense(4, activation="tanh", name="twice")
    codes = [last(inner(encoder(side))) for side in (left, right)]
    distance = layers.Subtract()(codes)
    mixed = distance * 2.0 + codes[0]
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid")(mixed), name="siamese")


def dictionaries(keras: Any) -> Any:
    """Dictionaries of inputs and outputs, arithmetic, slices, a frozen layer, a model inside that makes an output."""
    layers = keras.layers
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    frozen = layers.Dense(3, name="frozen")
    frozen.trainable = False
    code_input = keras.Input((3,), name="code_input")
    code = keras.Model(code_input, layers.Dense(2, name="code_dense")(code_input), name="code")
    a, b = frozen(left), layers.Dense(3, activation="relu", name="b")(right)
    mixed = (1.0 - a) * b / 2.0 + (-b) ** 2
    total = layers.Dense(1, name="total")(mixed[:, 1:])
    return keras.Model({"left": left, "right": right}, {"total": total, "code": code(mixed - 0.5)}, name="dictionaries")


def operations(keras: Any) -> Any:
    """Functions of `keras.ops` between layers."""
    layers, ops = keras.layers, keras.ops
    x = keras.Input((4, 3))
    a = ops.relu(layers.Dense(4)(x))
    b = ops.sigmoid(layers.Dense(4)(x))
    y = ops.concatenate([a * b, ops.maximum(a, b), ops.square(b)], axis=-1)
    y = ops.mean(y, axis=1, keepdims=True)
    y = ops.reshape(ops.exp(-y), (-1, 12))
    y = ops.sqrt(ops.abs(y) + 1e-3) - ops.tanh(y)
    return keras.Model(x, layers.Dense(2)(ops.silu(y)), name="operations")
