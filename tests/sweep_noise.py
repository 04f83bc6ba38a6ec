"""Random cases of the operations that draw numbers; their oracles take the numbers themselves."""

from tests import reference

EXACT = {"dropout": "keep", "spatial_dropout": "keep"}
INEXACT = {"alpha_dropout": "keep", "gaussian_noise": "z", "gaussian_dropout": "z"}
NAMES = EXACT | INEXACT


def noise(draw, name):
    """The name, the arrays, the oracle's options and pycnn's."""
    shape = draw.pick((0, 3, 2), (7, 5, 1), (2, 5, 7, 3), (3, 3, 33), (2, 67, 4))
    x = draw.values(*shape)
    amount = "stddev" if name == "gaussian_noise" else "rate"
    value = draw.pick(0.0, 0.5, 0.75) if draw.exact else float(draw.rng.uniform())
    key = {"seed": int(draw.rng.integers(2**63)), "layer": draw.pick(0, 7), "step": draw.pick(0, 9)}
    given = {amount: value} | key
    if NAMES[name] == "z":
        return name, (x,), {amount: value, "z": reference.normals(shape, **key)}, given
    mask = list(shape)
    if name == "spatial_dropout":
        given["data_format"] = draw.pick("channels_last", "channels_first")
        mask[1:-1] = [1] * len(mask[1:-1])
    elif draw.pick(True, False):
        mask = [draw.pick(extent, 1) for extent in shape]
        given["noise_shape"] = tuple(mask)
    return name, (x,), {amount: value, "keep": reference.keep_mask(mask, value, **key)}, given
