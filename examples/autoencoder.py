"""Autoencoders that remove noise: one that upsamples by transposed convolutions, one that repeats pixels."""

import argparse

import numpy as np
import shapes

import pycnn as keras
from pycnn import layers
from pycnn.models import Model

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--samples", type=int, default=1000)
options = parser.parse_args()

keras.utils.set_random_seed(4)
images, _ = shapes.load_data(options.samples)
noise = np.random.default_rng(5).normal(0, 0.3, images.shape)
noisy = np.clip(images + noise, 0, 1).astype("float32")
train, test = slice(None, -100), slice(-100, None)


def build_encoder(input_shape):
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(inputs)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    code = layers.MaxPooling2D((2, 2), padding="same", name="code")(x)
    return Model(inputs, code, name="encoder")


def transposed_decoder(code):
    x = layers.Conv2DTranspose(8, (3, 3), strides=2, activation="relu", padding="same")(code)
    x = layers.Conv2DTranspose(16, (3, 3), strides=2, activation="relu", padding="same")(x)
    return layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)


def upsampling_decoder(code):
    x = layers.Conv2D(8, 3, activation="relu", padding="same")(code)
    x = layers.UpSampling2D(2)(x)
    x = layers.Conv2D(16, 3, activation="relu", padding="same")(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    return layers.Conv2D(1, 3, activation="sigmoid", padding="same")(x)


for name, decode in (("transposed", transposed_decoder), ("upsampling", upsampling_decoder)):
    encoder = build_encoder(images.shape[1:])
    autoencoder = Model(encoder.input, decode(encoder.output), name=f"{name}_autoencoder")
    autoencoder.compile(optimizer="adam", loss="binary_crossentropy", metrics=["mse"])
    if name == "transposed":
        autoencoder.summary()
    autoencoder.fit(
        x=noisy[train],
        y=images[train],
        epochs=options.epochs,
        batch_size=50,
        shuffle=True,
        validation_data=(noisy[test], images[test]),
        verbose=2,
    )
    cleaned = autoencoder.predict(noisy[test], verbose=0)
    codes = encoder.predict(noisy[test], verbose=0)
    before, after = (float(np.mean((each - images[test]) ** 2)) for each in (noisy[test], cleaned))
    print(f"{name}: codes of shape {codes.shape[1:]}, squared error {before:.4f} before, {after:.4f} after")
