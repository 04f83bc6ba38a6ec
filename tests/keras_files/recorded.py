"""What a net predicts, before and after further training, kept in one small file beside its model files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.keras_files import nets


def record(name: str, model: Any, path: Path) -> None:
    """Keep the predictions of a model now and after more steps, which change it."""
    before = nets.predictions(name, model)
    nets.train(name, model)
    after = nets.predictions(name, model)
    weights = [np.asarray(weight) for weight in model.get_weights()]
    np.savez_compressed(
        path,
        **{f"before_{i}": output for i, output in enumerate(before)},
        **{f"after_{i}": output for i, output in enumerate(after)},
        **{f"weight_{i}": weight for i, weight in enumerate(weights)},
    )


def differences(name: str, model: Any, path: Path) -> dict[str, float]:
    """How far a model is from a record: largest differences of predictions, and of weights after more steps."""
    with np.load(path) as file:
        kept = dict(file)
    found = {"before": _distance(kept, "before", nets.predictions(name, model))}
    nets.train(name, model)
    found["after"] = _distance(kept, "after", nets.predictions(name, model))
    found["weights"] = _distance(kept, "weight", [np.asarray(weight) for weight in model.get_weights()])
    return found


def _distance(kept: dict[str, np.ndarray], prefix: str, arrays: list[np.ndarray]) -> float:
    assert sum(name.startswith(prefix) for name in kept) == len(arrays), f"{len(arrays)} arrays of {prefix}"
    return max(float(np.max(np.abs(kept[f"{prefix}_{i}"] - array))) for i, array in enumerate(arrays))
