"""Pictures of a training run and of what a network has learned, drawn with matplotlib (pip install 'pycnn[plot]').

Every function draws into a matplotlib Figure or SubFigure and returns it; `figure.savefig("name.png")` writes it.
pyplot and its global state are not used, so no display is needed and figures are freed like any other object.
"""

from pycnn.utils import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "pycnn.visualization.curves": ["plot_training_curves"],
        "pycnn.visualization.filters": ["plot_filters"],
        "pycnn.visualization.predictions": ["plot_predictions"],
        "pycnn.visualization.report": ["plot_training_report"],
    },
)
