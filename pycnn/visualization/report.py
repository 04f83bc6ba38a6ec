"""One picture of a whole training run: curves, first-layer filters and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from pycnn.visualization.curves import plot_training_curves
from pycnn.visualization.figure import new_figure
from pycnn.visualization.filters import plot_filters
from pycnn.visualization.predictions import plot_predictions

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_training_report(
    history: Mapping[str, Sequence[float]],
    kernel: ArrayLike,
    images: ArrayLike,
    probabilities: ArrayLike,
    labels: ArrayLike,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draws plot_training_curves, plot_filters and plot_predictions into one figure, with their arguments.

    Raises:
        ValueError: as these functions do.
        ImportError: matplotlib is not installed.
    """
    figure = new_figure(12, 10)
    figure.suptitle(title)
    top, bottom = figure.subfigures(2, 1, height_ratios=(4, 6))
    curves, filters = top.subfigures(1, 2, width_ratios=(3, 1))
    plot_training_curves(history, curves)
    filters.suptitle("filters of the first layer", fontsize="medium")
    plot_filters(kernel, filters)
    bottom.suptitle("predictions on held-out images", fontsize="medium")
    plot_predictions(images, probabilities, labels, class_names, bottom)
    return figure
