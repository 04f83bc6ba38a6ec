"""What a model needs for batches of some size: `Model.memory_plan`.

All numbers are the core's own, from the plan that a training step of this batch size is run by; nothing is estimated
and nothing allocated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pycnn.utils import byte_sizes


@dataclass
class LayerMemory:
    """What one layer needs, all its calls together; a model inside is one layer.

    Args:
        name: the layer's.
        kind: its class.
        output_shape: of its first call, for the plan's batch size.
        kernel: what computes it: of a convolution the route ("direct", "gemm", "winograd", "depthwise", "planes");
            "with" another layer where it is computed in one go with that.
        kept_bytes: what the forward pass leaves to the backward pass, counted where the last layer that writes it is.
        parameter_bytes: its weights.
        flops: of the forward pass, in convolutions and dense layers: two for each multiplication with an addition.
        training_flops: of forward and backward pass.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    kernel: str = ""
    kept_bytes: int = 0
    parameter_bytes: int = 0
    flops: int = 0
    training_flops: int = 0

    def cells(self) -> list[str]:
        """The entries of `MemoryPlan.COLUMNS`."""
        sizes = [byte_sizes.text(size) if size else "" for size in (self.kept_bytes, self.parameter_bytes)]
        work = [_flops(count) if count else "" for count in (self.flops, self.training_flops)]
        return [*sizes, *work, self.kernel]


@dataclass
class MemoryPlan:
    """What batches of one size need, layer by layer and in total; made by `Model.memory_plan`, shown by `print`.

    An arena is the block of memory in which everything that a batch needs lies: activations, their gradients, what
    the forward pass keeps, packed kernels. Buffers that are not needed at the same time share their place in it. All
    sizes are in bytes.

    Args:
        batch_size: the samples of a batch.
        layers: a `LayerMemory` for each layer, inputs first.
        training_arena: the arena of a training step.
        inference_arena: the arena of a prediction.
        parameters: the weights.
        gradients: their gradients.
        optimizer: what the optimizer keeps of each weight; 0 for a model that is not compiled.
        training_packed: frozen kernels, in the order in which they are read.
        inference_packed: all kernels, in this order.
    """

    batch_size: int
    layers: list[LayerMemory] = field(repr=False)
    training_arena: int
    inference_arena: int
    parameters: int
    gradients: int
    optimizer: int
    training_packed: int
    inference_packed: int

    COLUMNS = ("Kept", "Parameters", "FLOPs", "FLOPs training", "Kernel")

    @property
    def training_total(self) -> int:
        """All that training needs: arena, weights, gradients, optimizer."""
        return self.training_arena + self.training_packed + self.parameters + self.gradients + self.optimizer

    @property
    def inference_total(self) -> int:
        """All that predictions need: arena, weights, packed kernels."""
        return self.inference_arena + self.inference_packed + self.parameters

    @property
    def flops(self) -> int:
        """Of the forward pass of a batch."""
        return sum(layer.flops for layer in self.layers)

    @property
    def training_flops(self) -> int:
        """Of a training step without the update."""
        return sum(layer.training_flops for layer in self.layers)

    def totals(self) -> str:
        """The totals as text."""
        training = {
            "arena": self.training_arena,
            "weights": self.parameters,
            "gradients": self.gradients,
            "optimizer": self.optimizer,
            "packed kernels": self.training_packed,
        }
        inference = {
            "arena": self.inference_arena,
            "weights": self.parameters,
            "packed kernels": self.inference_packed,
        }
        lines = []
        for what, parts, total, flops in (
            ("Training", training, self.training_total, self.training_flops),
            ("Inference", inference, self.inference_total, self.flops),
        ):
            listed = ", ".join(f"{name} {byte_sizes.text(size)}" for name, size in parts.items() if size)
            size = f"{what}, batch of {self.batch_size}: {byte_sizes.text(total)}"
            lines.append(f"{size} ({listed}); {_flops(flops)}FLOP")
        return "\n".join(lines)

    def __str__(self) -> str:
        head = ["Layer", "Output Shape", *self.COLUMNS]
        rows = [head, *([layer.name, str(layer.output_shape), *layer.cells()] for layer in self.layers)]
        widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(head))]
        lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * sum(widths), *lines[1:], "-" * sum(widths), self.totals()])


def memory_plan(model: Any, batch_size: int) -> MemoryPlan:
    """Return the plan of a model's network, of a compiled one as it is trained."""
    trained = model.compiled and (model.loss is not None or model.has_own_train_step)
    network = model.training_network() if trained else model.ready_network()
    needs = network.memory_plan(batch_size)
    rows = [LayerMemory(tensor.name, "InputLayer", (batch_size, *tensor.shape[1:])) for tensor in model.inputs]
    inputs = {row.name: row for row in rows}
    of_node: dict[int, LayerMemory] = {}
    of_layer: dict[int, LayerMemory] = {}
    for layer, nodes, shape in network.layer_nodes():
        row = of_layer.get(id(layer)) or inputs.get(layer.name)
        if row is None:
            row = LayerMemory(layer.name, type(layer).__name__, (batch_size, *shape))
            row.parameter_bytes = sum(variable.value.nbytes for variable in layer.weights)
            rows.append(row)
        of_layer[id(layer)] = row
        of_node.update(dict.fromkeys(nodes, row))
    kernels: dict[int, list[str]] = {id(row): [] for row in rows}
    for number, operation in enumerate(needs["operations"]):
        if number < len(inputs):
            rows[number].kept_bytes = operation["kept_bytes"]
            continue
        owners = [of_node[node] for node in operation["nodes"] if node in of_node]
        for owner in owners[:1]:  # none where an output is handed through
            owner.flops += operation["flops"]
            owner.training_flops += operation["training_flops"]
            owners[-1].kept_bytes += operation["kept_bytes"]
            kernels[id(owner)].append(operation["route"])
        for other in owners[1:]:
            if other is not owners[0]:
                kernels[id(other)].append(f"with {owners[0].name}")
    for row in rows:
        row.kernel = ", ".join(dict.fromkeys(kernels[id(row)]))
    kept = needs["optimizer_slots"] + (model.update.nbytes if trained else 0)
    return MemoryPlan(batch_size, rows, optimizer=kept, **{name: needs[name] for name in _FIELDS})


_FIELDS = ("training_arena", "inference_arena", "parameters", "gradients", "training_packed", "inference_packed")


def _flops(count: int) -> str:
    for unit, divisor in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= divisor:
            return f"{count / divisor:.2f} {unit}"
    return f"{count} "
