"""Callbacks of one's own: stop when the loss no longer falls, change the learning rate, write down every batch."""

import argparse

import numpy as np
import shapes

import pycnn as keras
from pycnn import layers

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--samples", type=int, default=1000)
options = parser.parse_args()


class LossAndErrorPrinting(keras.callbacks.Callback):
    """Prints a line every few batches and one after every epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if batch % 10 == 0:
            print(f"Up to batch {batch}, the average loss is {logs['loss']:7.3f}.")

    def on_epoch_end(self, epoch, logs=None):
        print(f"Epoch {epoch}: loss {logs['loss']:7.3f}, accuracy {logs['accuracy']:7.3f}, {sorted(logs)}")


class StopAtLeastLoss(keras.callbacks.Callback):
    """Stops `patience` epochs after the best one and puts its weights back."""

    def __init__(self, patience=0):
        super().__init__()
        self.patience = patience
        self.best_weights = None

    def on_train_begin(self, logs=None):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = np.inf

    def on_epoch_end(self, epoch, logs=None):
        current = logs.get("loss")
        if np.less(current, self.best):
            self.best = current
            self.wait = 0
            self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")


class StepDecay(keras.callbacks.Callback):
    """Halves the learning rate at given epochs."""

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch, logs=None):
        learning_rate = float(self.model.optimizer.learning_rate)
        if epoch in self.epochs:
            self.model.optimizer.learning_rate = learning_rate / 2
            print(f"Epoch {epoch}: the learning rate is {float(self.model.optimizer.learning_rate):6.4f}.")


keras.utils.set_random_seed(6)
x_train, y_train = shapes.load_data(options.samples)
model = keras.Sequential(
    [
        keras.Input(x_train.shape[1:]),
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=0.005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
losses = []
history = model.fit(
    x_train,
    y_train,
    batch_size=50,
    epochs=options.epochs,
    verbose=0,
    validation_split=0.1,
    callbacks=[
        LossAndErrorPrinting(),
        StopAtLeastLoss(patience=2),
        StepDecay(epochs=(1, 5, 10)),
        keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])),
        keras.callbacks.TerminateOnNaN(),
    ],
)
print(f"{len(losses)} batches in {len(history.epoch)} epochs")
