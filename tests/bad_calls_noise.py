"""Rows of `bad_calls`: what dropout in its kinds and normal noise refuse besides what `bad_calls_options` spoils."""

from pycnn import ops
from tests.bad_calls import BIG, X, refuse
from tests.valid_calls import call

for name in ("dropout", "alpha_dropout", "dropout_grad", "alpha_dropout_grad"):
    for what, shape in {
        "another extent": (2, 4, 7, 6),
        "another batch": (3, 1, 1, 6),
        "too few": (2, 5, 7),
        "too many": (2, 5, 7, 6, 1),
        "none": (),
        "zero": (2, 0, 7, 6),
        "negative": (2, -1, 7, 6),
        "2**62": (2, 5, 7, BIG),
        "2**70": (2, 5, 7, 2**70),
        "float": (2, 5, 7, 6.0),
        "bool": (2, True, 7, 6),
        "str": "2576",
        "number": 2,
        "nested": ((2, 5), (7, 6)),
    }.items():
        refuse(what, name, "noise_shape", call(name, noise_shape=shape))
refuse("where all is dropped", "dropout", "noise_shape", lambda: ops.dropout(X, 1.0, (2, 4, 7, 6), seed=1))
for name in ("alpha_dropout", "alpha_dropout_grad", "gaussian_dropout", "gaussian_dropout_grad"):
    refuse("1", name, "rate", call(name, rate=1))
for name in ("dropout", "alpha_dropout", "spatial_dropout", "gaussian_noise", "gaussian_dropout"):
    refuse("2**32", f"{name}_grad", "layer", call(f"{name}_grad", layer=2**32))
refuse("no spatial axis", "spatial_dropout", "inputs", lambda: ops.spatial_dropout(X[:, 0, 0], 0.5, seed=1))
refuse("one axis", "spatial_dropout", "inputs", lambda: ops.spatial_dropout(X[0, 0, 0], 0.5, seed=1))
