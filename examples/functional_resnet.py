"""A residual network with the functional API: augmentation, a learning rate schedule, the best weights kept."""

import argparse

import shapes

import pycnn as keras
from pycnn import layers

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--samples", type=int, default=1200)
parser.add_argument("--batch-size", type=int, default=32)
options = parser.parse_args()


def residual_block(x, filters, strides=1):
    """Two convolutions beside a shortcut, which is a 1 x 1 convolution where the shape changes."""
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if strides != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=strides, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.add([x, shortcut])
    return layers.Activation("relu")(x)


def build_model(input_shape, num_classes):
    inputs = keras.Input(shape=input_shape, name="image")
    x = layers.RandomFlip("horizontal")(inputs)
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    for filters, strides in ((8, 1), (16, 2), (32, 2)):
        x = residual_block(x, filters, strides)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(num_classes, name="class")(x)
    return keras.Model(inputs=inputs, outputs=outputs, name="small_resnet")


keras.utils.set_random_seed(2)
x_train, y_train = shapes.load_data(options.samples)
x_test, y_test = shapes.load_data(300, seed=1)

model = build_model(x_train.shape[1:], len(shapes.CLASS_NAMES))
model.summary()

steps = options.epochs * -(-len(x_train) // options.batch_size)
schedule = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=0.01, warmup_steps=steps // 10)
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=schedule, weight_decay=1e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
history = model.fit(
    x_train,
    y_train,
    batch_size=options.batch_size,
    epochs=options.epochs,
    validation_data=(x_test, y_test),
    callbacks=[
        keras.callbacks.ModelCheckpoint("small_resnet.keras", monitor="val_accuracy", mode="max", save_best_only=True),
        keras.callbacks.CSVLogger("small_resnet.csv"),
    ],
)

best = keras.models.load_model("small_resnet.keras")
loss, accuracy = best.evaluate(x_test, y_test, verbose=0)
print(
    f"best epoch: loss {loss:.4f}, accuracy {accuracy:.4f}, highest of all {max(history.history['val_accuracy']):.4f}"
)
