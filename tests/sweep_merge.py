"""The sweep's random cases of merging operations, added to those of `sweep_cases`."""

from tests.sweep_cases import BUILDERS, LINEAR, both


def merge(draw, name):
    """Two arrays, each repeated along some axes or without its first ones."""
    shape = [draw.batch(), *draw.extents(draw.pick(0, 1, 2, 3), 1, 2, 3, 5, 7, 11), draw.channels()]
    x1, x2 = (draw.values(*[1 if draw.rng.random() < 0.25 else extent for extent in shape]) for _ in range(2))
    missing = draw.pick(0, 0, 1, len(shape))
    x2 = draw.values(*x2.shape[missing:])
    return both(draw, name, draw.pick((x1, x2), (x2, x1), (draw.values(*shape), x2)), {})


def concatenate(draw):
    """Arrays of one shape, as the entries of one array; other shapes are in test_ops_merge."""
    shape = [draw.batch(), *draw.extents(draw.pick(0, 1, 2, 3), 1, 2, 3, 5, 7), draw.channels()]
    xs = draw.values(draw.pick(1, 2, 3, 4), *shape)
    return both(draw, "concatenate", (xs,), {"axis": int(draw.rng.integers(-len(shape), len(shape)))})


for name in ("add", "subtract", "multiply", "maximum", "minimum"):
    BUILDERS[name] = merge
BUILDERS["concatenate"] = concatenate
LINEAR |= {"add", "multiply"}
