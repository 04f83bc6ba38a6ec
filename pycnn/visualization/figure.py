"""The one place that imports matplotlib: makes the figure the functions of this package draw into.

matplotlib is imported when the first figure is made, never when pycnn is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of width x height inches whose parts are laid out without overlap.

    Raises:
        ImportError: matplotlib is not installed; the message names the extra that brings it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("[visualization] pictures need matplotlib: pip install 'pycnn[plot]'") from error
    return Figure(figsize=(width, height), layout="constrained")


def image_axes(figure: FigureBase, rows: int, columns: int, count: int) -> list[Axes]:
    """The first `count` axes of a grid, row by row, all without ticks; the others are left out."""
    grid = figure.add_gridspec(rows, columns)
    axes = [figure.add_subplot(grid[index // columns, index % columns]) for index in range(count)]
    for cell in axes:
        cell.set(xticks=[], yticks=[])
    return axes
