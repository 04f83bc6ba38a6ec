"""Calls of layers and models that must be refused: one row each, with words of the message.

A refusal is a ValueError that says what must hold and what it got, or a TypeError for a thing of another kind.
"""

import re

import numpy as np
import pytest

from pycnn import Input, Sequential, layers, losses


def stack():
    return [layers.Conv2D(3, 2, activation="relu"), layers.Flatten(), layers.Dense(2)]


def built():
    return Sequential([Input((5, 4, 1)), *stack()])


def named():
    return Sequential([Input((4,)), layers.Dense(2, name="dense1"), layers.Dense(2, name="dense2")])


def predict(x, **options):
    return built().predict(x, **options)


def line(units=1, **compiled):
    model = Sequential([Input((3,)), layers.Dense(units)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


IMAGES, LOGITS = np.ones((2, 5, 4, 1)), losses.SparseCategoricalCrossentropy(from_logits=True)
X, Y = np.zeros((6, 3)), np.zeros((6, 1))

LAYERS = [
    (ValueError, lambda: layers.Conv2D(0, 3), r"\[Conv2D\] filters must be an integer >= 1.*got filters=0"),
    (ValueError, lambda: layers.Conv2D(2.5, 3), r"\[Conv2D\] filters must be an integer >= 1; got filters=2.5"),
    (ValueError, lambda: layers.Conv2D(True, 3), r"\[Conv2D\] filters .* got filters=True"),
    (ValueError, lambda: layers.Conv2D(2**70, 3), r"\[Conv2D\] filters .* got filters=1180591620717411303424"),
    (ValueError, lambda: layers.Conv2D(4, 0), r"\[Conv2D\] kernel_size .* got kernel_size=0"),
    (ValueError, lambda: layers.Conv2D(4, (3, 3, 3)), r"\[Conv2D\] kernel_size .* got kernel_size=\(3, 3, 3\)"),
    (ValueError, lambda: layers.Conv2D(4, "33"), r"\[Conv2D\] kernel_size .* got kernel_size='33'"),
    (ValueError, lambda: layers.Conv2D(4, (3, 0)), r"\[Conv2D\] kernel_size .* got kernel_size=\(3, 0\)"),
    (ValueError, lambda: layers.Conv2D(4, 3, strides=0), r"\[Conv2D\] strides .* got strides=0"),
    (ValueError, lambda: layers.Conv2D(4, 3, strides=-1), r"\[Conv2D\] strides .* got strides=-1"),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3, strides=(2**63, 1)),
        r"\[Conv2D\] strides .* got strides=\(9223372036854775808, 1\)",
    ),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3, padding="sam"),
        r"\[Conv2D\] padding .* got padding='sam' \(did you mean 'same'\?\)",
    ),
    (ValueError, lambda: layers.Conv2D(4, 3, padding=-1), r"\[Conv2D\] padding .* got padding=-1"),
    (ValueError, lambda: layers.Conv2D(4, 3, padding=((1, 2),)), r"\[Conv2D\] padding .* got padding=\(\(1, 2\),\)"),
    (ValueError, lambda: layers.Conv2D(4, 3, padding=(1, 2)), r"\[Conv2D\] padding .* got padding=\(1, 2\)"),
    (ValueError, lambda: layers.Conv2D(4, 3, padding=None), r"\[Conv2D\] padding .* got padding=None"),
    (ValueError, lambda: layers.Conv2D(4, 3, dilation_rate=0), r"\[Conv2D\] dilation_rate .* got dilation_rate=0"),
    (ValueError, lambda: layers.Conv2D(4, 3, groups=3), r"\[Conv2D\] groups must divide filters=4; got groups=3"),
    (ValueError, lambda: layers.Conv2D(4, 3, activation="rleu"), r"\[Conv2D\] activation .* \(did you mean 'relu'"),
    (ValueError, lambda: layers.Conv2D(4, 3, data_format="NCHW"), r"\[Conv2D\] data_format must be one of"),
    (ValueError, lambda: layers.Conv2D(4, 3, kernel_initializer="glorot"), r"kernel|initializer|identifier"),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3, kernel_regularizer="l3"),
        r"\[regularizers.get\] identifier must be one of .*'l3'",
    ),
    (ValueError, lambda: layers.Conv2D(4, 3, name="a/b"), r"\[Conv2D\] name .* got name='a/b'"),
    (ValueError, lambda: layers.Conv2D(4, 3, name=3), r"\[Conv2D\] name .* got name=3"),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3, dtype="float16"),
        r"\[Conv2D\] dtype must be one of .* got dtype='float16'",
    ),
    (ValueError, lambda: layers.Conv2D(4, 3)(np.ones((1, 8, 8))), r"\[Conv2D\] inputs must have 4 axes"),
    (ValueError, lambda: layers.Conv2D(4, 9)(np.ones((1, 8, 8, 1))), r"\[conv.*\].*kernel"),
    (ValueError, lambda: layers.Conv2D(4, 3, groups=2)(np.ones((1, 8, 8, 3))), r"\[conv.*\].*groups"),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3)(np.ones(8)),
        r"\[Conv2D\] inputs must have 4 axes, batch first .* got input_shape=\(None,\)",
    ),
    (
        ValueError,
        lambda: layers.Conv2D(4, 3).build((None, None, 8, 1)),
        r"\[Conv2D\] input_shape .* got input_shape=\(None, None",
    ),
    (ValueError, lambda: layers.Conv2D(4, 3).build((None, 8, 0, 1)), r"\[Conv2D\] input_shape .* got input_shape="),
    (ValueError, lambda: layers.Conv2D(4, 3).build(8), r"\[Conv2D\] input_shape .* got input_shape=8"),
    (ValueError, lambda: layers.Conv2D(4, 3).count_params(), r"\[count_params\] the layer must be built; got <Conv2D"),
    (ValueError, lambda: layers.Conv2D(4, 3, padding="causal"), r"\[Conv2D\] padding .* got padding='causal'"),
    (ValueError, lambda: layers.Conv1D(4, (3, 3)), r"\[Conv1D\] kernel_size .* got kernel_size=\(3, 3\)"),
    (ValueError, lambda: layers.Conv1D(4, 3)(np.ones((1, 8, 8, 1))), r"\[Conv1D\] inputs must have 3 axes"),
    (ValueError, lambda: layers.Conv3D(4, 3)(np.ones((1, 8, 8, 1))), r"\[Conv3D\] inputs must have 5 axes"),
    (ValueError, lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), r"\[DepthwiseConv2D\] depth_multiplier .* got"),
    (ValueError, lambda: layers.DepthwiseConv2D(9)(np.ones((1, 8, 8, 1))), r"\[depthwise_conv\] kernel_size=9"),
    (ValueError, lambda: layers.DepthwiseConv1D(3)(np.ones((1, 8, 8, 1))), r"\[DepthwiseConv1D\] inputs must have 3"),
    (
        ValueError,
        lambda: layers.DepthwiseConv2D(3, depthwise_constraint="norm"),
        r"\[constraints.get\] identifier must be one of .*'norm'",
    ),
    (ValueError, lambda: layers.SeparableConv2D(0, 3), r"\[SeparableConv2D\] filters .* got filters=0"),
    (ValueError, lambda: layers.SeparableConv2D(4, 3, depth_multiplier=0.5), r"\[SeparableConv2D\] depth_multiplier"),
    (ValueError, lambda: layers.GlobalMaxPooling2D()(np.ones((1, 8, 1))), r"\[GlobalMaxPooling2D\] inputs must have 4"),
    (ValueError, lambda: layers.GlobalAveragePooling1D("first"), r"\[Global.*1D\] data_format must be one"),
    (ValueError, lambda: layers.MaxPooling1D(2)(np.ones((1, 8, 8, 1))), r"\[MaxPooling1D\] inputs must have 3 axes"),
    (ValueError, lambda: layers.MaxPooling2D(0), r"\[MaxPooling2D\] pool_size .* got pool_size=0"),
    (ValueError, lambda: layers.MaxPooling2D(2, strides=(1, 0)), r"\[MaxPooling2D\] strides .* got strides=\(1, 0\)"),
    (ValueError, lambda: layers.MaxPooling2D(2, padding="full"), r"\[MaxPooling2D\] padding .* got padding='full'"),
    (ValueError, lambda: layers.MaxPooling2D(9)(np.ones((1, 8, 8, 1))), r"\[pool\] pool_size=9"),
    (
        ValueError,
        lambda: layers.AveragePooling2D((1, 2, 3)),
        r"\[AveragePooling2D\] pool_size .* got pool_size=\(1, 2, 3\)",
    ),
    (
        ValueError,
        lambda: layers.LocalResponseNormalization(0),
        r"\[LocalResponseNormalization\] size .* got size=0",
    ),
    (
        ValueError,
        lambda: layers.LocalResponseNormalization(mode="within"),
        r"\[LocalResponseNormalization\] mode .* got mode='within' \(did you mean 'within_channel'",
    ),
    (ValueError, lambda: layers.LocalResponseNormalization()(np.ones((2, 3))), r"\[lrn\] inputs .* 1 to 3 spatial"),
    (ValueError, lambda: layers.Dense(-1), r"\[Dense\] units .* got units=-1"),
    (ValueError, lambda: layers.Dense("10"), r"\[Dense\] units .* got units='10'"),
    (ValueError, lambda: layers.Dense(10, activation=3), r"\[Dense\] activation .* got activation=3"),
    (ValueError, lambda: layers.Dense(10)(np.ones(5)), r"\[Dense\] inputs .* got input_shape=\(None,\)"),
    (ValueError, lambda: layers.ReLU()(3.0), r"\[ReLU\] inputs must have a batch axis first; got shape=\(\)"),
    (ValueError, lambda: layers.Dropout(1.0), r"\[Dropout\] rate must be below 1; got rate=1.0"),
    (ValueError, lambda: layers.Dropout(-0.1), r"\[Dropout\] rate .* \[0, 1\]; got rate=-0.1"),
    (ValueError, lambda: layers.Dropout(float("nan")), r"\[Dropout\] rate .* got rate=nan"),
    (ValueError, lambda: layers.Dropout("half"), r"\[Dropout\] rate .* got rate='half'"),
    (ValueError, lambda: layers.Dropout(0.5, seed=-1), r"\[Dropout\] seed .* got seed=-1"),
    (
        ValueError,
        lambda: layers.Dropout(0.5, noise_shape=2),
        r"\[Dropout\] noise_shape must be a sequence",
    ),
    (ValueError, lambda: layers.Reshape((2, -1, -1)), r"\[Reshape\] target_shape .* got target_shape=\(2, -1, -1\)"),
    (ValueError, lambda: layers.Reshape(4), r"\[Reshape\] target_shape must be a sequence; got target_shape=4"),
    (
        ValueError,
        lambda: layers.Reshape((4,))(np.ones((1, 6))),
        r"\[Reshape\] target_shape must hold the 6 elements.*\(4,\)",
    ),
    (
        ValueError,
        lambda: layers.Reshape((4, -1))(np.ones((1, 6))),
        r"\[Reshape\] target_shape must hold the 6 elements",
    ),
    (
        ValueError,
        lambda: layers.Activation("swishh"),
        r"\[Activation\] activation must be one of .* got activation='swishh' \(did you mean 'swish'",
    ),
    (ValueError, lambda: layers.Dense(1, activation=len), r"\[Dense\] activation must be a name or a function of"),
    (ValueError, lambda: layers.ReLU(max_value=-6.0), r"\[ReLU\] max_value must be a finite number >= 0; got .*-6.0"),
    (
        ValueError,
        lambda: layers.ReLU(negative_slope=None),
        r"\[ReLU\] negative_slope must be .* got negative_slope=None",
    ),
    (ValueError, lambda: layers.Softmax(axis=[1, 3])(np.ones((1, 3, 4, 2))), r"\[Softmax\] axis must .*\[1, 3\]"),
    (ValueError, lambda: layers.Softmax(axis=0)(np.ones((1, 3))), r"\[Softmax\] axis must be .* got axis=0"),
    (ValueError, lambda: layers.PReLU(shared_axes=[3])(np.ones((1, 3))), r"\[PReLU\] shared_axes must be .*\[3\]"),
    (ValueError, lambda: layers.PReLU(shared_axes=0), r"\[PReLU\] shared_axes must be .* got shared_axes=0"),
    (ValueError, lambda: layers.LeakyReLU(-0.1), r"\[LeakyReLU\] negative_slope must be .* got negative_slope=-0.1"),
    (ValueError, lambda: layers.ELU(alpha="1"), r"\[ELU\] alpha must be a finite number >= 0; got alpha='1'"),
    (
        ValueError,
        lambda: layers.Softmax(axis=3)(np.ones((1, 3, 4))),
        r"\[Softmax\] axis must be one of the axes 1 to 2, or neighbouring ones; got axis=3",
    ),
    (
        ValueError,
        lambda: layers.GroupNormalization(0),
        r"\[GroupNormalization\] groups must be -1 or positive.*groups=0",
    ),
    (
        ValueError,
        lambda: layers.GroupNormalization(3)(np.ones((1, 2, 4))),
        r"\[GroupNormalization\] groups must be -1 or divide the channels C=4; got groups=3",
    ),
    (
        ValueError,
        lambda: layers.InstanceNormalization(axis=1)(np.ones((1, 3, 4))),
        r"\[InstanceNormalization\] axis must be the last one, -1 or 2; got axis=1",
    ),
    (
        ValueError,
        lambda: layers.LayerNormalization(axis=1)(np.ones((1, 3, 4))),
        r"\[LayerNormalization\] axis must name the last of 3 axes; got axis=1",
    ),
    (
        ValueError,
        lambda: layers.LayerNormalization(axis=[0, 1])(np.ones((1, 3))),
        r"\[LayerNormalization\] axis must leave the batch axis out; got axis=\[0, 1\]",
    ),
    (ValueError, lambda: layers.LayerNormalization(epsilon=-1), r"\[LayerNormalization\] epsilon .* got epsilon=-1"),
    (
        ValueError,
        lambda: layers.LayerNormalization(rms_scaling=True),
        r"\[LayerNormalization\] rms_scaling is not supp",
    ),
    (
        ValueError,
        lambda: layers.LayerNormalization(gamma_regularizer=2),
        r"\[regularizers.get\] identifier must be .* got identifier=2",
    ),
    (ValueError, lambda: layers.UnitNormalization(axis="last"), r"\[UnitNormalization\] axis .* got axis='last'"),
    (ValueError, lambda: layers.Resizing(0, 4), r"\[Resizing\] height .* got height=0"),
    (
        ValueError,
        lambda: layers.Resizing(4, 4, interpolation="bicubic"),
        r"\[Resizing\] interpolation .* got interpolation='bicubic'",
    ),
    (ValueError, lambda: layers.Resizing(4, 4, antialias=True), r"\[Resizing\] antialias is not supported"),
    (
        ValueError,
        lambda: layers.Resizing(4, 4, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
        r"\[Resizing\] crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other",
    ),
    (ValueError, lambda: layers.Resizing(4, 4)(np.ones((1, 6))), r"\[Resizing\] inputs must have 4 axes"),
    (ValueError, lambda: layers.Rescaling(float("inf")), r"\[Rescaling\] scale must be a finite number; got scale=inf"),
    (ValueError, lambda: layers.Rescaling([1, 2]), r"\[Rescaling\] scale must be a finite number; got scale=\[1, 2\]"),
    (ValueError, lambda: layers.Input(), r"\[Input\] either shape or batch_shape must be given; got shape=None"),
    (ValueError, lambda: layers.Input(28), r"\[Input\] shape must be a sequence; got shape=28"),
    (ValueError, lambda: layers.Input((28, None, 1)), r"\[Input\] batch_shape .* known sizes; got batch_shape="),
    (ValueError, lambda: layers.Input((28, -1, 1)), r"\[Input\] batch_shape .* got batch_shape="),
    (ValueError, lambda: layers.Input((4,), sparse=True), r"\[Input\] sparse is not supported"),
    (TypeError, lambda: layers.Dense(3, actviation="relu"), r"\[Dense\] unexpected argument actviation='relu'"),
    (TypeError, lambda: layers.Dense(3)("images"), r"\[Dense\] inputs must hold real numbers"),
    (TypeError, lambda: layers.Dense(3)(np.ones((1, 2), complex)), r"\[Dense\] inputs .* got inputs.dtype=complex128"),
    (TypeError, lambda: layers.Dense(3)([[None, 1.0]]), r"\[Dense\] inputs .* got inputs.dtype=object"),
    (TypeError, lambda: layers.Input((4,), color="red"), r"\[Input\] unexpected argument color='red'"),
]
MODELS = [
    (ValueError, lambda: named().get_layer("dense3"), r"\[get_layer\] name .* \(did you mean 'dense"),
    (ValueError, lambda: named().get_layer(index=2), r"\[get_layer\] index .* got index=2"),
    (ValueError, lambda: named().get_layer(), r"\[get_layer\] either name or index must be given"),
    (TypeError, lambda: Sequential([Input((4,)), "dense"]), r"\[Sequential\] layers must be Layer .* got 'dense'"),
    (TypeError, lambda: Sequential([layers.Dense]), r"\[Sequential\] layers must be Layer objects; got <class"),
    (ValueError, lambda: Sequential(3), r"\[Sequential\] layers must be a sequence; got layers=3"),
    (ValueError, lambda: Sequential([layers.Dense(1), Input((4,))]), r"\[Sequential\] an Input must come first"),
    (
        ValueError,
        lambda: Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]),
        r"\[Sequential\] the names of the layers must differ; got name='a'",
    ),
    (
        ValueError,
        lambda: Sequential([Input((4,)), layers.Dense(1), layers.Dense(1, dtype="float64")]),
        r"\[Sequential\] all layers must have one dtype; got dtypes=\['float32', 'float64'\]",
    ),
    (ValueError, lambda: Sequential([Input((4, 4, 1)), layers.Conv2D(1, 5)]), r"\[conv\] kernel"),
    (ValueError, lambda: Sequential().pop(), r"\[pop\] the model must have a layer"),
    (ValueError, lambda: Sequential().build((None, 3)), r"\[Sequential\] a model must have a layer"),
    (ValueError, lambda: Sequential(stack()).output_shape, r"\[outputs\] the model must be built"),
    (ValueError, lambda: Sequential(stack()).count_params(), r"\[count_params\] the layer must be built"),
    (ValueError, lambda: Sequential(stack()).predict(np.ones(3)), r"\[Conv2D\] inputs must have 4 axes"),
    (
        ValueError,
        lambda: predict(np.ones((2, 4, 5, 1))),
        r"\[predict\] x must have shape \(None, 5, 4, 1\); got x.shape=\(2, 4, 5, 1\)",
    ),
    (ValueError, lambda: predict(np.ones(20)), r"\[predict\] x must have shape"),
    (ValueError, lambda: predict(3.0), r"\[predict\] x must have shape .* got x.shape=\(\)"),
    (ValueError, lambda: predict([[1, 2], [3]]), r"\[predict\] x must be an array; got list"),
    (TypeError, lambda: predict("x"), r"\[predict\] x must hold real numbers"),
    (TypeError, lambda: predict(None), r"\[predict\] x must hold real numbers"),
    (TypeError, lambda: predict(np.zeros((2, 5, 4, 1), complex)), r"\[predict\] x .*complex128"),
    (TypeError, lambda: predict(np.zeros((2, 5, 4, 1), object)), r"\[predict\] x .*object"),
    (TypeError, lambda: built()(np.zeros((2, 5, 4, 1), "M8[s]")), r"\[Sequential\] x .*datetime64"),
    (ValueError, lambda: predict(IMAGES, batch_size=0), r"\[predict\] batch_size .* got batch_size=0"),
    (ValueError, lambda: predict(IMAGES, batch_size=1.5), r"\[predict\] batch_size .* got batch_size=1.5"),
    (ValueError, lambda: predict(IMAGES, verbose=3), r"\[predict\] verbose .* got verbose=3"),
    (ValueError, lambda: predict(IMAGES, steps=0), r"\[predict\] steps must be an integer >= 1 .*got steps=0"),
    (ValueError, lambda: built().set_weights([]), r"\[set_weights\] sequential\S* has 4 weights; got"),
]
TRAINING = [
    (ValueError, lambda: line(optimizer="adm"), r"\[get\] optimizer must be one of .* \(did you mean 'adam"),
    (TypeError, lambda: line(optimizer=3), r"\[get\] optimizer must be a name.*got 3"),
    (ValueError, lambda: line(loss="mean_square_error"), r"\[get\] loss .* \(did you mean 'mean_squared_error'"),
    (TypeError, lambda: line(loss=3), r"\[get\] loss must be a name"),
    (ValueError, lambda: line(metrics=["acuracy"]), r"\[get\] metric .* \(did you mean 'accuracy'"),
    (TypeError, lambda: line(metrics=3), r"\[get\] metric must be .*got 3"),
    (ValueError, lambda: line(loss_weights="heavy").metrics, r"\[compile\] loss_weights must be a finite number"),
    (
        ValueError,
        lambda: line(loss={"out": "mse"}).metrics,
        r"\[compile\] loss must be for the outputs .*got loss\['out'\]",
    ),
    (TypeError, lambda: line(metric=["mae"]), r"\[compile\] unexpected argument metric="),
    (
        ValueError,
        lambda: Sequential([Input((3,)), layers.Dense(1)]).fit(X, Y),
        r"\[fit\] the model must be compiled with a loss",
    ),
    (
        ValueError,
        lambda: Sequential([Input((3,)), layers.Dense(1)]).evaluate(X, Y),
        r"\[evaluate\] the model must be compiled",
    ),
    (ValueError, lambda: line(loss=None).train_on_batch(X, Y), r"\[train_on_batch\] the model must be compiled"),
    (ValueError, lambda: line().fit(X), r"\[fit\] y must be given; got y=None"),
    (ValueError, lambda: line().fit(X, Y[:5]), r"\[fit\] y must have shape \(6, 1\).*got y.shape=\(5, 1\)"),
    (ValueError, lambda: line().fit(X, np.zeros((6, 2))), r"\[fit\] y must have shape .* got y.shape=\(6, 2\)"),
    (ValueError, lambda: line().fit(X[:0], Y[:0]), r"\[fit\] x must hold at least one sample; got x.shape=\(0, 3\)"),
    (ValueError, lambda: line().evaluate(X[:0], Y[:0]), r"\[evaluate\] x must hold at least one sample"),
    (TypeError, lambda: line().fit(X, np.zeros((6, 1), object)), r"\[fit\] y must hold real numbers"),
    (TypeError, lambda: line().fit(["a"] * 6, Y), r"\[fit\] x must hold real numbers"),
    (ValueError, lambda: line().fit(X, Y, batch_size=0), r"\[fit\] batch_size .* got batch_size=0"),
    (ValueError, lambda: line().fit(X, Y, batch_size=2**64), r"\[fit\] batch_size .* got batch_size="),
    (ValueError, lambda: line().fit(X, Y, epochs=-1), r"\[fit\] epochs .* got epochs=-1"),
    (ValueError, lambda: line().fit(X, Y, epochs=1.5), r"\[fit\] epochs .* got epochs=1.5"),
    (ValueError, lambda: line().fit(X, Y, verbose="loud"), r"\[fit\] verbose .* got verbose='loud'"),
    (
        ValueError,
        lambda: line().fit(X, Y, validation_split=1.5),
        r"\[fit\] validation_split .* got validation_split=1.5",
    ),
    (
        ValueError,
        lambda: line().fit(X, Y, validation_split=-0.5),
        r"\[fit\] validation_split .* got validation_split=-0.5",
    ),
    (
        ValueError,
        lambda: line().fit(X, Y, validation_data=(X,)),
        r"\[fit\] validation_data must be \(x, y\) or \(x, y, sample_weight\); got 1 entries",
    ),
    (ValueError, lambda: line().fit(X, Y, validation_data=3), r"\[fit\] validation_data must be \(x, y\)"),
    (ValueError, lambda: line().fit(X, Y, validation_data=(X, Y[:2])), r"\[fit\] y must have shape \(6, 1\)"),
    (ValueError, lambda: line().fit(X, Y, validation_batch_size=0), r"\[fit\] validation_batch_size"),
    (ValueError, lambda: line().fit(X, Y, validation_freq=0), r"\[fit\] validation_freq"),
    (ValueError, lambda: line().fit(X, Y, class_weight=[1.0]), r"\[fit\] class_weight must be a dictionary"),
    (
        ValueError,
        lambda: line().fit(X, Y, sample_weight=np.ones(5)),
        r"\[fit\] sample_weight must have an entry for each of the 6",
    ),
    (ValueError, lambda: line().evaluate(X, Y, steps=0), r"\[evaluate\] steps must be an integer >= 1"),
    (ValueError, lambda: line().train_on_batch(X, Y, sample_weight=np.ones(4)), r"\[train_on_batch\] sample_weight"),
    (
        TypeError,
        lambda: line().fit(X, Y, callbacks=[print]),
        r"\[CallbackList\] callbacks must be Callback objects; got <built-in",
    ),
    (ValueError, lambda: line(2, loss=LOGITS).fit(X, np.full(6, 0.5)), r"\[fit\] y must hold class numbers"),
    (
        ValueError,
        lambda: line(2, loss=LOGITS).fit(X, np.zeros((6, 2))),
        r"\[fit\] y must hold one class number for each",
    ),
    (ValueError, lambda: line(2, loss=LOGITS).fit(X, np.full(6, np.nan)), r"\[fit\] y must hold class numbers"),
    (ValueError, lambda: line(2, loss=LOGITS, metrics=["mse"]).fit(X, np.zeros(6)), r"\[mean_squared_error\] .*got"),
]


@pytest.mark.parametrize(("error", "call", "message"), [*LAYERS, *MODELS, *TRAINING])
def test_refused(error, call, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert type(caught.value) is error


def test_every_message_says_what_it_got():
    """Each begins with the operation in brackets and ends with what was given."""
    for _, call, _ in [*LAYERS, *MODELS, *TRAINING]:
        with pytest.raises((ValueError, TypeError)) as caught:
            call()
        assert re.search(r"^\[[\w.]+\] .*(got|unexpected argument) ", str(caught.value), re.DOTALL), caught.value
