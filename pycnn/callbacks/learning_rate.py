"""The learning rate that an optimizer has now, for the logs."""

from __future__ import annotations

from typing import Any


def current_learning_rate(optimizer: Any) -> float:
    """Return the rate of the next step, also where it follows a schedule."""
    rate = optimizer.learning_rate
    return float(rate(optimizer.iterations) if callable(rate) else rate)
