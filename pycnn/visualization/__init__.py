"""Pictures of a training run and of what a network has learned, drawn with matplotlib (pip install 'pycnn[plot]').

Every function draws into a matplotlib Figure or SubFigure and returns it; `figure.savefig("name.png")` writes it.
pyplot and its global state are not used, so no display is needed and figures are freed like any other object.
"""

from pycnn.visualization.curves import plot_training_curves
from pycnn.visualization.filters import plot_filters
from pycnn.visualization.predictions import plot_predictions
from pycnn.visualization.report import plot_training_report

__all__ = ["plot_filters", "plot_predictions", "plot_training_curves", "plot_training_report"]
