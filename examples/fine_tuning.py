"""Transfer learning: features of a trained network, a new head on the frozen network, then all of it at a low rate."""

import argparse

import numpy as np
import shapes

import pycnn as keras
from pycnn import layers

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--samples", type=int, default=1000)
options = parser.parse_args()

keras.utils.set_random_seed(3)
images, labels = shapes.load_data(options.samples)
size = images.shape[1:]

# A network that tells discs from the rest; its convolutions will be used again.
inputs = keras.Input(size)
x = layers.Conv2D(8, 3, padding="same", activation="relu", name="block1_conv")(inputs)
x = layers.MaxPooling2D(name="block1_pool")(x)
x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="block2_conv")(x)
x = layers.BatchNormalization(name="block2_bn")(x)
x = layers.ReLU(name="block2_relu")(x)
x = layers.MaxPooling2D(name="block2_pool")(x)
x = layers.Conv2D(32, 3, padding="same", activation="relu", name="block3_conv")(x)
features = layers.GlobalAveragePooling2D(name="features")(x)
outputs = layers.Dense(1, activation="sigmoid", name="is_disc")(features)
source = keras.Model(inputs, outputs, name="source")
source.compile("adam", "binary_crossentropy", metrics=["accuracy"])
source.fit(images, (labels == 0).astype("float32"), epochs=options.epochs, verbose=2)
source.save_weights("source.weights.h5")

# Its features for other images.
extractor = keras.Model(source.input, source.get_layer("features").output)
print("features:", extractor.predict(images[:8], verbose=0).shape)

# A new head for all three classes, on the frozen network.
base = keras.Model(source.inputs, source.get_layer("block3_conv").output, name="base")
base.trainable = False
inputs = keras.Input(size)
x = base(inputs, training=False)  # batch normalization keeps its statistics, also when unfrozen
x = layers.GlobalMaxPooling2D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(len(shapes.CLASS_NAMES), activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.summary()
frozen = base.get_weights()
loss = "sparse_categorical_crossentropy"
model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
assert len(model.trainable_weights) == 2
first = model.fit(images, labels, epochs=options.epochs, validation_split=0.2, verbose=2)
assert all(np.array_equal(old, new) for old, new in zip(frozen, base.get_weights(), strict=True))

# Unfrozen but for the first block, at a low rate.
base.trainable = True
for layer in base.layers:
    if layer.name.startswith("block1"):
        layer.trainable = False
model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
print("trainable:", [weight.name for weight in model.trainable_weights])
epochs = 2 * options.epochs
model.fit(images, labels, initial_epoch=first.epoch[-1] + 1, epochs=epochs, validation_split=0.2, verbose=2)
assert np.array_equal(frozen[0], base.get_weights()[0])
assert not np.array_equal(frozen[-2], base.get_weights()[-2])

x_test, y_test = shapes.load_data(300, seed=1)
print(model.evaluate(x_test, y_test, verbose=0, return_dict=True))
