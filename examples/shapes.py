"""Small pictures of discs, squares and crosses, drawn with NumPy: data for the other examples."""

import numpy as np

CLASS_NAMES = ("disc", "square", "cross")


def load_data(samples=1200, size=24, seed=0):
    """Return images (samples, size, size, 1) with values from 0 to 1, and labels (samples,)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    images = np.empty((samples, size, size, 1), "float32")
    labels = rng.integers(0, len(CLASS_NAMES), samples)
    for image, label in zip(images, labels, strict=True):
        radius = rng.uniform(size / 6, size / 3)
        row, column = rng.uniform(radius, size - radius, 2)
        down, right = abs(rows - row), abs(columns - column)
        if label == 0:
            inside = down**2 + right**2 < radius**2
        elif label == 1:
            inside = np.maximum(down, right) < 0.85 * radius
        else:
            inside = (np.minimum(down, right) < 0.3 * radius) & (np.maximum(down, right) < radius)
        image[..., 0] = 0.7 * inside
    images += rng.uniform(0, 0.3, images.shape).astype("float32")
    return images, labels
