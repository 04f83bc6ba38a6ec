"""Data that need not fit into memory: a Python generator, and a PyDataset read by several threads."""

import argparse
import math

import numpy as np
import shapes

import pycnn as keras
from pycnn import layers

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--samples", type=int, default=800)
parser.add_argument("--batch-size", type=int, default=32)
options = parser.parse_args()


def batches(batch_size, seed=0):
    """New images without end."""
    while True:
        yield shapes.load_data(batch_size, seed=seed)
        seed += 1


class Files(keras.utils.PyDataset):
    """Batches from a file that stays on disk, mirrored at random."""

    def __init__(self, images_file, labels, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.images = np.load(images_file, mmap_mode="r")
        self.labels = labels
        self.batch_size = batch_size
        self.epoch = 0

    def __len__(self):
        return math.ceil(len(self.labels) / self.batch_size)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        images = np.array(self.images[rows])
        mirrored = np.random.default_rng((self.epoch, index)).random(len(images)) < 0.5
        images[mirrored] = images[mirrored, :, ::-1]
        return images, self.labels[rows]

    def on_epoch_end(self):
        self.epoch += 1


keras.utils.set_random_seed(7)
model = keras.Sequential(
    [
        layers.Input((24, 24, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
x_test, y_test = shapes.load_data(200, seed=10**6)

print("a generator")
model.fit(
    batches(options.batch_size),
    steps_per_epoch=math.ceil(options.samples / options.batch_size),
    epochs=options.epochs,
    validation_data=(x_test, y_test),
    verbose=2,
)

print("a PyDataset")
x_train, y_train = shapes.load_data(options.samples, seed=10**6 + 1)
np.save("images.npy", x_train)
data = Files("images.npy", y_train, options.batch_size, workers=2, max_queue_size=4)
history = model.fit(data, epochs=options.epochs, validation_data=batches(50), validation_steps=2, verbose=2)
assert len(history.history["val_loss"]) == options.epochs

print("loss, accuracy:", model.evaluate(x_test, y_test, verbose=0))
print("predictions for batches:", model.predict(data, verbose=0).argmax(axis=1)[:10])
