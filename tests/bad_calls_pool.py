"""Calls of the pooling operations which must be refused, added to the rows of `bad_calls`."""

import numpy as np

from pycnn import ops
from tests.bad_calls import BIG, ROWS, X, refuse

POOLED, PLACES = np.ones((2, 2, 3, 6), np.float32), np.arange(72).reshape(2, 2, 3, 6) % 35
POOLS = {
    "max_pool": ops.max_pool,
    "average_pool": ops.average_pool,
    "lp_pool": ops.lp_pool,
    "max_pool_with_indices": ops.max_pool_with_indices,
    "max_pool_grad": lambda x, *window, **options: ops.max_pool_grad(POOLED, x, *window, **options),
    "average_pool_grad": lambda x, *window, **options: ops.average_pool_grad(POOLED, x, *window, **options),
    "lp_pool_grad": lambda x, *window, **options: ops.lp_pool_grad(POOLED, x, *window, **options),
}
for name, pool in POOLS.items():
    for what, options in {
        "window over the input": {"dilation_rate": 7},
        "window over the input, rounded up": {"dilation_rate": 14, "ceil_mode": True},
        "2**62 in a pair": {"dilation_rate": (1, BIG), "padding": "same"},
        "windows without pixels": {"dilation_rate": (1, 8), "padding": ((0, 0), (4, 4))},
    }.items():
        refuse(what, name, "dilation_rate", lambda pool=pool, options=options: pool(X, 2, **options))
    wide = {"padding": ((0, 2), (0, 0)), "ceil_mode": True}
    refuse("as wide as the window, rounded up", name, "padding", lambda pool=pool, wide=wide: pool(X, 2, **wide))
refuse(
    "window of 2**62 elements",
    "max_pool_grad",
    "pool_size",
    lambda: ops.max_pool_grad(np.ones((2, 6, 8, 6)), X, 2**31, 1, 2**30),
)

for name, pool in {
    "adaptive_average_pool": ops.adaptive_average_pool,
    "adaptive_max_pool": ops.adaptive_max_pool,
    "adaptive_average_pool_grad": lambda x, size: ops.adaptive_average_pool_grad(POOLED, x, size),
    "adaptive_max_pool_grad": lambda x, size: ops.adaptive_max_pool_grad(POOLED, x, size),
}.items():
    for what, value in {"number": 1.0, "two axes": ROWS, "six axes": X[None, None], "no rows": X[:, :0]}.items():
        refuse(what, name, "inputs?", lambda pool=pool, value=value: pool(value, 2))
    for what, size in {"other rank": (2, 2, 2), "outputs over 2**63": 2**40, "2**62": BIG}.items():
        refuse(what, name, "output_size|output", lambda pool=pool, size=size: pool(X, size))

for what, places in {
    "negative": PLACES - 1,
    "one past the end": PLACES + 1,
    "2**62": PLACES + BIG,
    "over 2**63": PLACES.astype(np.uint64) + np.uint64(2**63),
    "not whole": PLACES + 0.5,
    "nan": np.full(PLACES.shape, np.nan),
    "inf": np.full(PLACES.shape, np.inf),
    "other batch": PLACES[:1],
    "other rows": PLACES[:, :1],
    "other channels": PLACES[..., :5],
    "flat": PLACES.ravel(),
    "number": 1,
    "empty": [],
}.items():
    refuse(what, "max_unpool", "indices", lambda places=places: ops.max_unpool(POOLED, places, (5, 7)))
    refuse(what, "max_unpool_grad", "indices", lambda places=places: ops.max_unpool_grad(X, POOLED, places, (5, 7)))
for what, value in {"number": 1.0, "two axes": ROWS, "six axes": X[None, None]}.items():
    refuse(what, "max_unpool", "inputs", lambda value=value: ops.max_unpool(value, PLACES, (5, 7)))
refuse("smaller than an index", "max_unpool", "indices", lambda: ops.max_unpool(POOLED, PLACES, (5, 6)))
refuse("output over 2**63", "max_unpool", "output", lambda: ops.max_unpool(POOLED, PLACES, 2**31))
refuse("other output", "max_unpool_grad", "dy", lambda: ops.max_unpool_grad(X, POOLED, PLACES, (5, 6)))
