"""The kernel of a convolution as pictures, one tile a filter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pycnn.visualization.figure import image_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

LARGEST_COUNT = 64


def plot_filters(kernel: ArrayLike, figure: FigureBase | None = None) -> FigureBase:
    """Draws the first 64 filters of a 2D convolution.

    Filters over one channel are drawn on one scale from blue (negative) through white (zero) to red (positive), filters
    over three channels as colours with zero at mid-grey, and of other filters the mean over the channels.

    Args:
        kernel: (KH, KW, C, F), as in `layer.kernel.numpy()`.
        figure: a Figure or SubFigure to draw into; None makes one.
    Returns:
        The figure.
    Raises:
        ValueError: kernel has another rank or no elements.
        ImportError: matplotlib is not installed.

    >>> len(plot_filters(np.ones((5, 5, 1, 6))).axes)
    6
    """
    kernel = np.asarray(kernel, dtype=np.float64)
    if kernel.ndim != 4 or kernel.size == 0:
        raise ValueError(
            f"[plot_filters] kernel must be (KH, KW, C, F), none of them 0; got kernel shape {kernel.shape}"
        )
    with np.errstate(invalid="ignore"):
        tiles = kernel if kernel.shape[2] == 3 else kernel.mean(axis=2, keepdims=True)
    tiles = tiles[..., :LARGEST_COUNT]
    largest = np.abs(tiles[np.isfinite(tiles)]).max(initial=0.0) or 1.0
    count = tiles.shape[3]
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    figure = new_figure(columns, rows) if figure is None else figure
    for index, axes in enumerate(image_axes(figure, rows, columns, count)):
        tile = tiles[..., index]
        if tile.shape[2] == 3:
            axes.imshow(np.clip(0.5 + 0.5 * np.nan_to_num(tile) / largest, 0, 1))
        else:
            axes.imshow(tile[..., 0], cmap="bwr", vmin=-largest, vmax=largest)
    return figure
