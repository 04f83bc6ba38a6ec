"""Random images with labels: something to train on where what is learned does not matter."""

from __future__ import annotations

import numpy as np


def labelled_images(samples: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal float32 numbers (samples, *shape), the same at every call, and labels 0 to 9 in turn."""
    images = np.random.default_rng(0).normal(size=(samples, *shape))
    return images.astype(np.float32), np.arange(samples) % 10
