"""Rows of the layers' contract (test_layers): layers that pad, crop, enlarge, repeat or reorder."""

import numpy as np

from pycnn import layers
from tests import reference
from tests.window_layer_cases import IMAGE, SEQUENCE, VOLUME, case


def padded(*pairs):
    return lambda x: reference.pad(x, ((0, 0), *pairs, (0, 0)))


def cropped(*pairs):
    return padded(*((-before, -after) for before, after in pairs))


CASES = [
    case("zero padding 1d", layers.ZeroPadding1D, {"padding": (2, 0)}, SEQUENCE, (11, 3), padded((2, 0))),
    case("zero padding", layers.ZeroPadding2D, {}, IMAGE, (9, 7, 4), padded((1, 1), (1, 1))),
    case("zero padding per axis", layers.ZeroPadding2D, {"padding": (0, 2)}, IMAGE, (7, 9, 4), padded((0, 0), (2, 2))),
    case(
        "zero padding pairs",
        layers.ZeroPadding2D,
        {"padding": ((1, 0), (2, 3))},
        IMAGE,
        (8, 10, 4),
        padded((1, 0), (2, 3)),
    ),
    case(
        "zero padding 3d",
        layers.ZeroPadding3D,
        {"padding": (0, (1, 2), 1)},
        VOLUME,
        (3, 7, 7, 2),
        padded((0, 0), (1, 2), (1, 1)),
    ),
    case("cropping 1d", layers.Cropping1D, {}, SEQUENCE, (7, 3), cropped((1, 1))),
    case("no cropping", layers.Cropping2D, {}, IMAGE, IMAGE, lambda x: x),
    case("cropping", layers.Cropping2D, {"cropping": ((1, 3), (4, 0))}, IMAGE, (3, 1, 4), cropped((1, 3), (4, 0))),
    case("cropping 3d", layers.Cropping3D, {}, VOLUME, (1, 2, 3, 2), cropped((1, 1), (1, 1), (1, 1))),
    case("up sampling 1d", layers.UpSampling1D, {}, SEQUENCE, (18, 3), lambda x: reference.upsample(x, 2)),
    case(
        "up sampling", layers.UpSampling2D, {"size": (3, 1)}, IMAGE, (21, 5, 4), lambda x: reference.upsample(x, (3, 1))
    ),
    case(
        "up sampling bilinear",
        layers.UpSampling2D,
        {"interpolation": "bilinear"},
        IMAGE,
        (14, 10, 4),
        lambda x: reference.resize(x, (14, 10)),
    ),
    case(
        "up sampling 3d",
        layers.UpSampling3D,
        {"size": (1, 3, 2)},
        VOLUME,
        (3, 12, 10, 2),
        lambda x: reference.upsample(x, (1, 3, 2)),
    ),
    case("repeat vector", layers.RepeatVector, {"n": 3}, (5,), (3, 5), lambda x: np.repeat(x[:, None], 3, axis=1)),
    case(
        "permute", layers.Permute, {"dims": (3, 1, 2)}, IMAGE, (4, 7, 5), lambda x: reference.transpose(x, (0, 3, 1, 2))
    ),
    case("permute nothing", layers.Permute, {"dims": (1, 2)}, SEQUENCE, SEQUENCE, lambda x: x),
    case(
        "resizing after cropping",
        layers.Resizing,
        {"height": 6, "width": 3, "crop_to_aspect_ratio": True},
        IMAGE,
        (6, 3, 4),
        lambda x: reference.resize(x[:, :, 1:4], (6, 3)),
    ),
    case(
        "resizing after padding",
        layers.Resizing,
        {"height": 3, "width": 9, "pad_to_aspect_ratio": True, "fill_value": 0.5, "interpolation": "nearest"},
        IMAGE,
        (3, 9, 4),
        lambda x: reference.resize(np.pad(x, ((0, 0), (0, 0), (8, 8), (0, 0)), constant_values=0.5), (3, 9), "nearest"),
    ),
]
