"""Training curves: the loss and each metric over the epochs, on training and on held-out data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pycnn.visualization.figure import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

HELD_OUT = "val_"  # Keras's prefix of what was measured on validation data
NOT_MEASURED = ("learning_rate",)  # callbacks put settings beside the results


def plot_training_curves(history: Mapping[str, Sequence[float]], figure: FigureBase | None = None) -> FigureBase:
    """Draws one pair of axes per measure in what `fit` returned.

    Args:
        history: a History callback or its `history` dictionary: {"loss": [...], "val_loss": [...], ...}, one value an
            epoch.
        figure: a Figure or SubFigure to draw into; None makes one.
    Returns:
        The figure.
    Raises:
        ValueError: there is no epoch to draw.
        ImportError: matplotlib is not installed.

    >>> figure = plot_training_curves({"loss": [2.0, 0.5], "val_loss": [1.5, 0.75]})
    >>> [axes.get_title() for axes in figure.axes]
    ['loss: 0.7500 held out']
    """
    curves: Mapping[str, Sequence[float]] = getattr(history, "history", history)
    measures = [key for key in curves if not key.startswith(HELD_OUT) and key not in NOT_MEASURED and len(curves[key])]
    if not measures:
        raise ValueError(f"[plot_training_curves] history must have an epoch; got history={dict(curves)}")
    figure = new_figure(5 * len(measures), 3.5) if figure is None else figure
    for position, measure in enumerate(measures, start=1):
        axes = figure.add_subplot(1, len(measures), position)
        for key, label, colour in ((measure, "training", "tab:gray"), (HELD_OUT + measure, "held out", "tab:blue")):
            if len(curves.get(key, ())):
                last, which = curves[key][-1], label
                axes.plot(range(1, len(curves[key]) + 1), curves[key], label=label, color=colour, marker=".")
        axes.set(title=f"{measure}: {last:.4f} {which}", xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure
