"""Where the weights of a model live: the flat buffer of its network.

Making a model's network moves its layers' variables into that buffer. A layer may belong to several models (a
feature extractor shares the layers of the classifier); then the model used last holds the variables, and a model that
lost some takes all of its own back, values included, before it computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycnn.layers.layer import Layer
from pycnn.layers.node import describe
from pycnn.utils.locks import ModuleLock

_moving = ModuleLock()


class Parameters:
    """The network of a model and the variables that live in its buffer."""

    def __init__(self, model: Layer, shapes: Sequence[Sequence[int]]) -> None:
        self.network: Any = describe(model, *shapes)
        views = [view for _, _, view, _ in self.network.parameters()]
        self._places = list(zip(self.network.variables, views, strict=True))
        self.lost = True
        self.claim()

    def claim(self) -> None:
        """Move all variables, with their values, into this network's buffer."""
        with _moving:
            if self.lost:
                for variable, view in self._places:
                    if not variable.lives_in(view):
                        variable.move_to(view, self)
                self.lost = False
                self.network.touch()

    def touch(self) -> None:
        """Tell the network that a variable was written to."""
        self.network.touch()
