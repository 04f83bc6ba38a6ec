"""The table that `Model.summary` prints, in plain ASCII so that every terminal can show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pycnn.utils import arguments, byte_sizes

if TYPE_CHECKING:
    from pycnn.models.memory import MemoryPlan


def summary_text(
    model: Any,
    line_length: int | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
    plan: MemoryPlan | None = None,
) -> str:
    """Return Keras's table: layer (type), output shape, number of parameters, what it is called on; and the totals.

    With a `plan` also what each layer needs for the plan's batches.
    """
    layers = _in_range(model.operations if hasattr(model, "operations") else model.layers, layer_range)
    graph = not _is_chain(model)
    columns = ["Layer (type)", "Output Shape", "Param #"]
    columns += ["Connected to"] * graph + ["Trainable"] * show_trainable
    rows = [columns, *_rows(layers, expand_nested, show_trainable, graph, "")]
    if plan is not None:
        cells = {f"{layer.name} ": layer.cells() for layer in plan.layers}
        rows[0] += plan.COLUMNS
        for row in rows[1:]:
            row += cells.get(row[0].partition("(")[0], [""] * len(plan.COLUMNS))
    widths = [max(len(row[column]) for row in rows) + 3 for column in range(len(columns))]
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
            f"Total params: {count:,} ({byte_sizes.text(size)})",
            f"Trainable params: {trainable:,}",
            f"Non-trainable params: {count - trainable:,}",
            *([] if plan is None else plan.totals().splitlines()),
            "_" * (total + 1),
        ]
    )


def _in_range(layers: list[Any], layer_range: Any) -> list[Any]:
    if layer_range is None:
        return layers
    names = [layer.name for layer in layers]
    first, last = (
        arguments.choice("summary", "layer_range", name, names)
        for name in arguments.sequence("summary", "layer_range", layer_range)
    )
    return layers[names.index(first) : names.index(last) + 1]


def _is_chain(model: Any) -> bool:
    """Whether every layer is called once, on what the one before made."""
    function = getattr(model, "function", None)
    if function is None:
        return True
    previous: list[Any] = []
    for call in function.calls:
        if call.inputs and call.inputs != previous:
            return False
        previous = call.outputs
    return len(function.inputs) == 1


def _rows(
    layers: list[Any], expand_nested: bool, show_trainable: bool, graph: bool, indent: str
) -> Iterator[list[str]]:
    for layer in layers:
        shapes = [tensor.shape for call in layer.symbolic_calls[:1] for tensor in call.outputs]
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        kind = getattr(layer, "kind", type(layer).__name__)  # of arithmetic, the operation
        row = [f"{indent}{layer.name} ({kind})", ", ".join(map(str, shapes)) or "?", count]
        if graph:
            row.append(", ".join(tensor.name for call in layer.symbolic_calls for tensor in call.inputs))
        if show_trainable:
            row.append("yes" if layer.trainable else "no")
        yield row
        if expand_nested and layer.layers:
            yield from _rows(layer.layers, True, show_trainable, graph, indent + "  ")
