"""Numbers of bytes as people write them."""

from __future__ import annotations

import re
from typing import Any

from pycnn.utils import arguments

_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


def text(size: int) -> str:
    """Return a number of bytes in the largest unit of which there is one.

    >>> text(3 * 1024**2 // 2)
    '1.50 MB'
    """
    for unit in ("GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.2f} {unit}"
    return f"{size} B"


def parsed(operation: str, name: str, value: Any) -> int:
    """Return a number of bytes given as one, or as text with a unit: "512MB", "1.5 GB".

    Raises:
        ValueError: it is neither, or not positive.

    >>> parsed("fit", "max_memory", "1.5 kb")
    1536
    """
    rule = f'{name} must be a positive number of bytes, or text such as "512MB" with the unit B, KB, MB or GB'
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]?B)\s*", value.upper())
        if match is None:
            raise arguments.error(operation, rule, name, value)
        value = int(float(match[1]) * _UNITS[match[2]])
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 1 <= value <= arguments.INT64_MAX:
        raise arguments.error(operation, rule, name, value)
    return int(value)
