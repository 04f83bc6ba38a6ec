"""The sweep's random cases of pooling, added to those of `sweep_cases`.

In the exact cases averages are over windows of a power of two of elements.
"""

import numpy as np

from tests import reference
from tests.sweep_cases import BUILDERS, INEXACT, LINEAR, both, comparison


def window(draw, whole_quotients=False):
    """Options of a window, and extents that it fits."""
    rank = draw.pick(1, 2, 2, 2, 3)
    options = {"pool_size": tuple(draw.pick(1, 2, 2, *([4] if whole_quotients else [3, 5, 7])) for _ in range(rank))}
    options["strides"] = draw.pick(None, None, tuple(draw.pick(1, 2, 3, 5) for _ in range(rank)))
    extents = draw.extents(rank, 1, 2, 3, 5, 8, 11, 13) if rank < 3 else draw.extents(3, 1, 2, 3, 5, 7)
    options["padding"] = "valid"
    if not whole_quotients:
        narrow = tuple(tuple(int(side) for side in draw.rng.integers(0, k, 2)) for k in options["pool_size"])
        one = [1] if min(options["pool_size"]) > 1 else []
        options["padding"] = draw.pick("valid", "same", narrow, *one)
        options["ceil_mode"] = draw.pick(False, True)
    options["dilation_rate"] = draw.pick(1, 1, 1, tuple(draw.pick(1, 2, 3) for _ in range(rank)))
    rates = options["dilation_rate"] if options["dilation_rate"] != 1 else (1,) * rank
    extents = [max(n, rate) for n, rate in zip(extents, rates, strict=True)]
    strides = options["strides"] or options["pool_size"]
    while min(reference.output_size(extents, options["pool_size"], strides, options["padding"], rates)) < 1:
        extents = [n + 2 for n in extents]
    return options, extents


def images(draw, extents):
    return draw.values(draw.batch(), *extents, draw.channels() * draw.pick(1, 1, 3))


def given(draw, options):
    return options | {"data_format": draw.pick("channels_last", "channels_last", "channels_first")}


def max_pool(draw):
    options, extents = window(draw)
    return both(draw, "max_pool", (images(draw, extents),), options, given(draw, options))


def max_pool_with_indices(draw):
    options, extents = window(draw)
    return [comparison("max_pool_with_indices", (images(draw, extents),), options, draw.exact)]


def max_unpool(draw):
    """As many values as places, of which some are taken twice and others not at all."""
    extents = draw.extents(draw.pick(1, 2, 2, 3), 1, 2, 3, 5, 7)
    x = images(draw, extents)
    indices = draw.rng.integers(0, np.prod(extents), x.shape)
    return both(draw, "max_unpool", (x, indices), {"output_size": tuple(extents)})


def average_pool(draw):
    options, extents = window(draw, whole_quotients=draw.exact)
    options["count_include_pad"] = draw.pick(False, True)
    return both(draw, "average_pool", (images(draw, extents),), options, given(draw, options))


def lp_pool(draw):
    options, extents = window(draw)
    options["p"] = draw.pick(1, 2, 2, 3, 4, 6)
    return both(draw, "lp_pool", (images(draw, extents),), options, given(draw, options))


def adaptive_pool(name, draw):
    rank = draw.pick(1, 2, 2, 3)
    if draw.exact and name == "adaptive_average_pool":
        size = draw.extents(rank, 1, 2, 3, 5)
        extents = [n * draw.pick(1, 2, 4) for n in size]
    else:
        size, extents = draw.extents(rank, 1, 2, 3, 4, 5, 7), draw.extents(rank, 1, 2, 3, 5, 8, 11)
    options = {"output_size": tuple(size)}
    return both(draw, name, (images(draw, extents),), options, given(draw, options))


def adaptive_average_pool(draw):
    return adaptive_pool("adaptive_average_pool", draw)


def adaptive_max_pool(draw):
    return adaptive_pool("adaptive_max_pool", draw)


for builder in (
    max_pool,
    max_pool_with_indices,
    max_unpool,
    average_pool,
    lp_pool,
    adaptive_average_pool,
    adaptive_max_pool,
):
    BUILDERS[builder.__name__] = builder
LINEAR |= {"average_pool", "adaptive_average_pool"}
INEXACT.add("lp_pool")
