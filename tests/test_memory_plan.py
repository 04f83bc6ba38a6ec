"""`Model.memory_plan`: that its numbers are those of what the core allocates and computes."""

import numpy as np
import pytest

from pycnn import Input, Model, Sequential, layers, optimizers
from pycnn.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    MaxPooling2D,
)
from pycnn.models.memory import MemoryPlan


def chain() -> Sequential:
    return Sequential(
        [
            Input((12, 12, 3), name="image"),
            Conv2D(16, 3, padding="same", name="first"),
            Activation("relu", name="rectified"),
            Conv2D(24, 3, name="second", use_bias=False),
            BatchNormalization(name="normalized"),
            Activation("relu", name="again"),
            MaxPooling2D(2, name="pooled"),
            DepthwiseConv2D(3, name="depthwise"),
            Flatten(name="flat"),
            Dropout(0.5, name="dropped"),
            Dense(10, activation="softmax", name="head"),
        ]
    )


def residual() -> Model:
    x = Input((8, 8, 4), name="image")
    shared = Dense(4, name="shared")
    y = Conv2D(4, 3, padding="same", activation="relu", name="one")(x)
    y = layers.Add(name="sum")([shared(y), shared(x)])
    inner = Sequential([Input((8, 8, 4)), Conv2D(2, 1), Flatten(), Dense(3)], name="inner")
    return Model(x, [layers.Softmax(name="classes")(inner(y)), y])


def by_name(plan):
    return {layer.name: layer for layer in plan.layers}


def padded(size):
    """Buffers begin at multiples of 64 bytes."""
    return -(-size // 64) * 64


def test_layers():
    model = chain()
    model.compile("adam", "sparse_categorical_crossentropy")
    plan = model.memory_plan(5)
    of = by_name(plan)
    assert list(of) == ["image", *(layer.name for layer in model.layers)]
    assert of["first"].output_shape == (5, 12, 12, 16)
    assert [of[name].kernel for name in ("second", "depthwise", "head")] == ["direct", "depthwise", "direct, softmax"]
    assert of["rectified"].kernel == "with first"
    assert of["again"].kernel == "with normalized"
    assert of["first"].flops == 5 * 12 * 12 * 16 * 2 * 27
    assert of["first"].training_flops == 2 * of["first"].flops  # nobody wants the images' gradient
    assert of["second"].training_flops == 3 * of["second"].flops
    assert of["pooled"].flops == of["flat"].flops == 0
    # What backward reads: convolution's inputs, batch normalisation's input and statistics, places of maxima.
    number = 4
    assert of["image"].kept_bytes == 5 * 12 * 12 * 3 * number
    assert of["rectified"].kept_bytes == 5 * 12 * 12 * 16 * number
    assert of["first"].kept_bytes == 0
    assert of["second"].kept_bytes == 5 * 10 * 10 * 24 * number
    assert of["normalized"].kept_bytes == 0
    assert of["again"].kept_bytes == 24 * 4 * number
    assert of["pooled"].kept_bytes == padded(5 * 5 * 5 * 24 * number) + padded(5 * 5 * 5 * 24)
    assert of["dropped"].kept_bytes > 0 == of["flat"].kept_bytes
    assert of["second"].parameter_bytes == 3 * 3 * 16 * 24 * number


@pytest.mark.parametrize("make", [chain, residual])
@pytest.mark.parametrize("dtype", ["float32"])
def test_totals_are_what_the_core_allocates(make, dtype):
    model = make()
    losses = "sparse_categorical_crossentropy" if make is chain else ["sparse_categorical_crossentropy", "mse"]
    model.compile(optimizers.Adam(), losses)
    network = model.training_network()
    rng = np.random.default_rng(1)
    x = rng.random((9, *model.input_shape[1:]), dtype=np.float32)
    y = np.arange(9) % 3
    targets = y if make is chain else [y, rng.random((9, 8, 8, 4), dtype=np.float32)]
    plan = model.memory_plan(9)
    assert network.arena_bytes() == 0  # nothing is allocated for the numbers
    model.train_on_batch(x, targets)
    assert network.arena_bytes() == plan.training_arena
    model.evaluate(x, targets, batch_size=9, verbose=0)
    model.predict(x, batch_size=9, verbose=0)
    assert network.arena_bytes() == plan.training_arena  # used again
    assert plan.parameters >= sum(variable.value.nbytes for variable in model.weights)
    assert plan.gradients == network.flat_gradients().nbytes
    assert plan.optimizer == sum(slot.nbytes for slot in network.optimizer_slots()) == 2 * plan.gradients
    alone = make()
    alone.predict(x, batch_size=9, verbose=0)
    assert alone.ready_network().arena_bytes() == alone.memory_plan(9).inference_arena < plan.training_arena
    assert alone.memory_plan(9).optimizer == 0


def test_larger_arenas_replace_smaller_ones():
    model = chain()
    model.compile("sgd", "sparse_categorical_crossentropy")
    network = model.training_network()
    x, y = np.ones((40, 12, 12, 3), np.float32), np.zeros(40, np.int64)
    for samples in (1, 40, 3, 17, 2, 40, 9, 1):
        model.train_on_batch(x[:samples], y[:samples])
        model.predict(x[:samples], verbose=0)
    assert network.arena_bytes() == model.memory_plan(40).training_arena


def test_averages_and_sums_belong_to_the_optimizer():
    model = chain()
    model.compile(optimizers.SGD(use_ema=True, gradient_accumulation_steps=2), "sparse_categorical_crossentropy")
    plan = model.memory_plan(2)
    assert plan.optimizer == 2 * plan.gradients


def test_frozen_layers_keep_nothing():
    model = chain()
    model.get_layer("first").trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    of = by_name(model.memory_plan(4))
    assert of["first"].training_flops == of["first"].flops
    assert of["image"].kept_bytes == 0
    assert model.memory_plan(4).training_packed > 0


def test_shared_and_nested_layers_are_one_row_each():
    of = by_name(residual().memory_plan(2))
    assert of["shared"].flops == 2 * (2 * 64 * 2 * 16)
    assert of["inner"].output_shape == (2, 3)
    assert of["inner"].flops > 0


def test_text():
    model = chain()
    model.compile("sgd", "sparse_categorical_crossentropy")
    text = str(model.memory_plan(32))
    assert text.splitlines()[0].split() == ["Layer", "Output", "Shape", *" ".join(MemoryPlan.COLUMNS).split()]
    assert "Training, batch of 32: " in text
    assert "with first" in text
    printed = []
    model.summary(print_fn=printed.append, batch_size=32)
    (table,) = printed
    assert "Kernel" in table
    assert model.memory_plan(32).totals() in table
    model.summary(print_fn=printed.append)
    assert "Kernel" not in printed[1]


@pytest.mark.parametrize(
    ("model", "batch_size", "message"),
    [
        (chain(), 0, "[memory_plan] batch_size must be an integer >= 1 that fits 64 bits; got batch_size=0"),
        (chain(), 1.5, "[memory_plan] batch_size must be an integer >= 1; got batch_size=1.5"),
        (Sequential([Dense(2)]), 4, "[memory_plan] the model must be built"),
    ],
)
def test_refusals(model, batch_size, message):
    with pytest.raises(ValueError) as caught:
        model.memory_plan(batch_size)
    assert message in str(caught.value)
