"""Layers with data_format="channels_first"."""

from tests.keras_layers.row import each, rows

INTEGERS = False
TOLERANCE = 1e-6  # that of global average pooling
FIRST = {"data_format": "channels_first"}
PADDINGS = each("valid", "same")
SEQUENCE, IMAGE, VOLUME = (3, 7), (3, 5, 4), (2, 3, 4, 3)

ROWS = [
    *rows("Conv1D", SEQUENCE, filters=2, kernel_size=3, strides=each(1, 2), padding=PADDINGS, **FIRST),
    *rows("Conv1D", SEQUENCE, filters=3, kernel_size=2, padding="causal", groups=3, **FIRST),
    *rows("Conv2D", IMAGE, filters=2, kernel_size=(3, 2), strides=each(1, (2, 1)), padding=PADDINGS, **FIRST),
    *rows("Conv2D", IMAGE, filters=2, kernel_size=2, dilation_rate=2, activation="softmax", **FIRST),
    *rows("Conv3D", VOLUME, filters=2, kernel_size=(2, 3, 1), strides=each(1, 2), padding=PADDINGS, **FIRST),
    *rows("Conv1DTranspose", SEQUENCE, filters=2, kernel_size=3, strides=2, padding=PADDINGS, **FIRST),
    *rows("Conv2DTranspose", IMAGE, filters=2, kernel_size=(3, 2), strides=2, padding=PADDINGS, **FIRST),
    *rows("Conv3DTranspose", VOLUME, filters=2, kernel_size=2, strides=(1, 2, 1), padding=PADDINGS, **FIRST),
    *rows("DepthwiseConv1D", SEQUENCE, kernel_size=3, strides=2, depth_multiplier=2, padding=PADDINGS, **FIRST),
    *rows("DepthwiseConv2D", IMAGE, kernel_size=(3, 2), depth_multiplier=2, padding=PADDINGS, **FIRST),
    *rows("SeparableConv1D", SEQUENCE, filters=2, kernel_size=3, padding=PADDINGS, **FIRST),
    *rows("SeparableConv2D", IMAGE, filters=2, kernel_size=(3, 2), strides=2, padding=PADDINGS, **FIRST),
    *rows("MaxPooling1D", SEQUENCE, pool_size=3, strides=2, padding=PADDINGS, **FIRST),
    *rows("MaxPooling2D", IMAGE, pool_size=(3, 2), padding=PADDINGS, **FIRST),
    *rows("MaxPooling3D", VOLUME, pool_size=2, strides=1, padding=PADDINGS, **FIRST),
    *rows("AveragePooling1D", SEQUENCE, pool_size=3, strides=2, padding=PADDINGS, **FIRST),
    *rows("AveragePooling2D", IMAGE, pool_size=(3, 2), padding=PADDINGS, **FIRST),
    *rows("AveragePooling3D", VOLUME, pool_size=2, strides=1, padding=PADDINGS, **FIRST),
    *rows("GlobalAveragePooling1D", SEQUENCE, keepdims=each(False, True), **FIRST),
    *rows("GlobalAveragePooling2D", IMAGE, keepdims=each(False, True), **FIRST),
    *rows("GlobalAveragePooling3D", VOLUME, keepdims=each(False, True), **FIRST),
    *rows("GlobalMaxPooling1D", SEQUENCE, keepdims=each(False, True), **FIRST),
    *rows("GlobalMaxPooling2D", IMAGE, keepdims=each(False, True), **FIRST),
    *rows("GlobalMaxPooling3D", VOLUME, keepdims=each(False, True), **FIRST),
    *rows("ZeroPadding1D", SEQUENCE, padding=(1, 2), **FIRST),
    *rows("ZeroPadding2D", IMAGE, padding=((1, 0), (2, 3)), **FIRST),
    *rows("ZeroPadding3D", VOLUME, padding=((1, 0), (2, 1), (0, 1)), **FIRST),
    *rows("Cropping2D", IMAGE, cropping=((1, 0), (2, 1)), **FIRST),
    *rows("Cropping3D", VOLUME, cropping=((1, 0), (1, 1), (0, 1)), **FIRST),
    *rows("UpSampling2D", IMAGE, size=(2, 3), interpolation=each("nearest", "bilinear"), **FIRST),
    *rows("UpSampling3D", VOLUME, size=(1, 2, 3), **FIRST),
    *rows("Flatten", [(5,), SEQUENCE, IMAGE], **FIRST),
    *rows("Resizing", IMAGE, height=4, width=7, **FIRST),
]
