"""The sweep's random cases of operations that move numbers, added to those of `sweep_cases`."""

from tests.sweep_cases import BUILDERS, LINEAR, both


def pad(draw):
    shape = [draw.batch(), *draw.extents(draw.pick(0, 1, 2, 3), 1, 2, 3, 5, 7)]
    mode = draw.pick("constant", "constant", "edge", "reflect", "symmetric", "wrap")
    widths = []
    for extent in shape:
        crop = extent > 2 and draw.pick(True, False)
        width = (
            draw.rng.integers(-1 if crop else 0, 2 if crop else 4, 2) if extent and draw.pick(True, False) else (0, 0)
        )
        widths.append(tuple(int(side) for side in width))
    return both(draw, "pad", (draw.values(*shape),), {"pad_width": tuple(widths), "mode": mode})


def transpose(draw):
    shape = [draw.batch(), *draw.extents(draw.pick(0, 1, 2, 3), 1, 2, 3, 5, 16, 17, 19)]
    axes = tuple(int(axis) for axis in draw.rng.permutation(len(shape)))
    return both(draw, "transpose", (draw.values(*shape),), {"axes": axes})


def extract_patches(draw):
    rank = draw.pick(1, 2, 2, 3)
    size = tuple(draw.pick(1, 2, 2, 3) for _ in range(rank))
    options = {
        "size": size,
        "strides": draw.pick(None, 1, tuple(draw.pick(1, 2, 3) for _ in range(rank))),
        "dilation_rate": draw.pick(1, 1, 2),
        "padding": draw.pick("valid", "same", 1),
    }
    x = draw.values(draw.batch(), *(draw.pick(5, 6, 7) for _ in range(rank)), draw.channels())
    given = options | {"data_format": draw.pick("channels_last", "channels_first")}
    return both(draw, "extract_patches", (x,), options, given)


def upsample(draw):
    rank = draw.pick(1, 2, 2, 3)
    options = {"size": draw.pick(2, tuple(draw.pick(1, 2, 3, 4) for _ in range(rank)))}
    x = draw.values(draw.batch(), *draw.extents(rank, 1, 2, 3, 5, 7), draw.channels())
    given = options | {"data_format": draw.pick("channels_last", "channels_first")}
    return both(draw, "upsample", (x,), options, given)


for builder in (pad, transpose, extract_patches, upsample):
    BUILDERS[builder.__name__] = builder
    LINEAR.add(builder.__name__)
