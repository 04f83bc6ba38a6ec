"""Reads with Keras what pycnn wrote: `KERAS_BACKEND=jax python -m tests.keras_files.read FOLDER`.

Predictions must agree within 1e-6, as must those of a net given the `.weights.h5` file; after three more training
steps from the state in the file, predictions and weights within 1e-4; the exit status is 1 otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

from tests.keras_files import nets, recorded

LIMITS = {"before": 1e-6, "after": 1e-4, "weights": 1e-4, "weights file": 1e-6}


def main(folder: Path) -> int:
    failed = 0
    for name in nets.NETS:
        model = keras.saving.load_model(folder / f"{name}.keras")
        first = nets.predictions(name, model)
        found = recorded.differences(name, model, folder / f"{name}.npz")
        other = nets.compiled(name, keras)
        other.load_weights(folder / f"{name}.weights.h5")
        pairs = zip(first, nets.predictions(name, other), strict=True)
        found["weights file"] = max(float(np.max(np.abs(a - b))) for a, b in pairs)
        passed = all(found[key] <= limit for key, limit in LIMITS.items())
        failed += not passed
        print(f"{name:24}", *(f"{key} {value:.1e}" for key, value in found.items()), "" if passed else "FAILED")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
