"""Preparation of the next batches in the background, while the network works on the present one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycnn.utils import arguments
from pycnn.utils.background import END, Background


class Prefetch(Background):
    """Iterate over `iterator` in a background thread, a few items ahead.

    Items and their order are the iterator's own; an exception that it raises arrives after the items before it. At
    most `depth` items more than were asked for are read: wrap the source in `itertools.islice` where it must keep them.

    Args:
        iterator: any iterable; after `close` it is no longer in use.
        depth: how many items may be ready or under way.

    Raises:
        ValueError: depth is no positive integer.

    >>> from pycnn.models.prefetch import Prefetch
    >>> list(Prefetch(range(5), depth=2))
    [0, 1, 2, 3, 4]
    """

    def __init__(self, iterator: Iterable[Any], depth: int = 2) -> None:
        depth = arguments.integer("Prefetch", "depth", depth)
        source = iter(iterator)
        super().__init__(lambda number: next(source, END), 1, depth)
