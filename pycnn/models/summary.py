"""The table that `Model.summary` prints, in plain ASCII so that every terminal can show it."""

from __future__ import annotations

from typing import Any


def summary_text(model: Any, line_length: int | None = None, show_trainable: bool = False) -> str:
    """Return Keras's table: layer (type), output shape, number of parameters, and the totals."""
    rows = [("Layer (type)", "Output Shape", "Param #"), *_layer_rows(model)]
    if show_trainable:
        flags = ["Trainable", *("yes" if layer.trainable else "no" for layer in model.layers)]
        rows = [(*row, flag) for row, flag in zip(rows, flags, strict=True)]
    widths = [max(len(row[column]) for row in rows) + 3 for column in range(len(rows[0]))]
    total = max(sum(widths), line_length or 0)
    widths[0] += total - sum(widths)
    lines = [" " + "".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    count = sum(variable.value.size for variable in model.weights)
    trainable = sum(variable.value.size for variable in model.trainable_weights)
    size = sum(variable.value.nbytes for variable in model.weights)
    return "\n".join(
        [
            f'Model: "{model.name}"',
            "_" * (total + 1),
            lines[0],
            "=" * (total + 1),
            *lines[1:],
            "=" * (total + 1),
            f"Total params: {count:,} ({_bytes(size)})",
            f"Trainable params: {trainable:,}",
            f"Non-trainable params: {count - trainable:,}",
            "_" * (total + 1),
        ]
    )


def _layer_rows(model: Any) -> list[tuple[str, str, str]]:
    shape = model.build_shape if model.built else None
    rows = []
    for layer in model.layers:
        shape = None if shape is None else layer.compute_output_shape(shape)
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        rows.append((f"{layer.name} ({type(layer).__name__})", "?" if shape is None else str(shape), count))
    return rows


def _bytes(size: int) -> str:
    for unit, divisor in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= divisor:
            return f"{size / divisor:.2f} {unit}"
    return f"{size} B"
