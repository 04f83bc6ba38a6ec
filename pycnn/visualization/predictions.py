"""Pictures with what the network takes them for, beside what they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pycnn.visualization.figure import image_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

COLUMNS = 8
RIGHT, WRONG = "black", "tab:red"


def plot_predictions(
    images: ArrayLike,
    probabilities: ArrayLike,
    labels: ArrayLike,
    class_names: Sequence[str] | None = None,
    figure: FigureBase | None = None,
) -> FigureBase:
    """Draws each image under the class predicted for it; wrong ones in red, with the class that would be right.

    Args:
        images: (N, H, W), (N, H, W, 1) or (N, H, W, 3); colours are 0 to 255 (integers) or 0 to 1 (floats).
        probabilities: (N, classes), as `model.predict` returns them.
        labels: (N,), the true class of each image.
        class_names: a name for each class; None shows the number.
        figure: a Figure or SubFigure to draw into; None makes one.
    Returns:
        The figure.
    Raises:
        ValueError: the shapes do not match, a label or name is missing, or there is no image.
        ImportError: matplotlib is not installed.

    >>> figure = plot_predictions(np.zeros((2, 8, 8)), [[0.9, 0.1], [0.8, 0.2]], [0, 1], ["cat", "dog"])
    >>> [axes.get_title() for axes in figure.axes]
    ['cat 90%', 'cat 80%\\nis dog']
    """
    images, probabilities, labels = np.asarray(images), np.asarray(probabilities), np.asarray(labels)
    _check(images, probabilities, labels, class_names)
    names = [str(name) for name in (range(probabilities.shape[1]) if class_names is None else class_names)]
    count = len(images)
    columns = min(count, COLUMNS)
    rows = math.ceil(count / columns)
    figure = new_figure(1.3 * columns, 1.6 * rows) if figure is None else figure
    for index, axes in enumerate(image_axes(figure, rows, columns, count)):
        image, label, predicted = images[index], labels[index], probabilities[index].argmax()
        axes.imshow(image[..., 0] if image.shape[2:] == (1,) else image, cmap="gray")
        title = f"{names[predicted]} {probabilities[index, predicted]:.0%}"
        if predicted == label:
            axes.set_title(title, fontsize="small", color=RIGHT)
        else:
            axes.set_title(f"{title}\nis {names[label]}", fontsize="small", color=WRONG)
    return figure


def _check(
    images: np.ndarray, probabilities: np.ndarray, labels: np.ndarray, class_names: Sequence[str] | None
) -> None:
    if images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)) or images.size == 0:
        raise ValueError(
            "[plot_predictions] images must be (N, H, W), (N, H, W, 1) or (N, H, W, 3), none of them 0; "
            f"got images shape {images.shape}"
        )
    if probabilities.ndim != 2 or len(probabilities) != len(images) or probabilities.size == 0:
        raise ValueError(
            f"[plot_predictions] probabilities must be ({len(images)}, classes), one row an image; "
            f"got probabilities shape {probabilities.shape}"
        )
    classes = probabilities.shape[1]
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"[plot_predictions] labels must be {len(images)} class numbers from 0 to {classes - 1}; "
            f"got labels={labels}"
        )
    if class_names is not None and len(class_names) != classes:
        raise ValueError(
            f"[plot_predictions] class_names must be {classes} names, one a class; got class_names={class_names}"
        )
