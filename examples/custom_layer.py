"""Layers of one's own: a class with `build` and `call` in terms of keras.ops, and a block made of other layers."""

import argparse

import numpy as np
import shapes

import pycnn as keras
from pycnn import layers, ops

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--samples", type=int, default=1000)
options = parser.parse_args()


@keras.saving.register_keras_serializable(package="examples")
class Linear(layers.Layer):
    """y = x w + b."""

    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", trainable=True, name="w"
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="examples")
class Scale(layers.Layer):
    """Multiplies each channel by a weight, after a softplus that keeps it positive."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

    def call(self, inputs):
        return inputs * ops.softplus(self.scale)


@keras.saving.register_keras_serializable(package="examples")
class SqueezeExcite(layers.Layer):
    """Weighs channels by what their means tell (Hu et al. 2018)."""

    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.squeeze = layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = layers.Dense(max(channels // self.ratio, 1), activation="relu")
        self.expand = layers.Dense(channels, activation="sigmoid")
        self.squeeze.build(input_shape)
        self.reduce.build((input_shape[0], 1, 1, channels))
        self.expand.build((input_shape[0], 1, 1, self.reduce.units))

    def call(self, inputs):
        return inputs * self.expand(self.reduce(self.squeeze(inputs)))

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


keras.utils.set_random_seed(8)
x_train, y_train = shapes.load_data(options.samples)
x_test, y_test = shapes.load_data(200, seed=1)

inputs = keras.Input(x_train.shape[1:])
x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(inputs)
x = SqueezeExcite(ratio=2)(x)
x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(x)
x = Scale()(x)
x = layers.GlobalMaxPooling2D()(x)
x = Linear(16)(x)
x = layers.ReLU()(x)
outputs = layers.Softmax()(Linear(3, name="classes")(x))
model = keras.Model(inputs, outputs)
model.summary()

model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=options.epochs, validation_data=(x_test, y_test), verbose=2)

model.save("custom_layer.keras")
restored = keras.models.load_model("custom_layer.keras")
np.testing.assert_allclose(restored.predict(x_test, verbose=0), model.predict(x_test, verbose=0), rtol=1e-5)
print("weights of the last layer:", [weight.name for weight in restored.get_layer("classes").weights])
