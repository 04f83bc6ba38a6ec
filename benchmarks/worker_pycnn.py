"""pycnn's side of each work; runs as a process of its own and answers `benchmarks.protocol`.

Training and prediction go through the public interface, from NumPy to NumPy; operations are in
`benchmarks.pycnn_operations`. There is one variant, "".
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks import nets, protocol
from benchmarks.pycnn_operations import operation_call
from benchmarks.shapes import operation_from


class Pycnn:
    """The library as `protocol.serve` drives it."""

    def __init__(self, threads: int) -> None:
        from pycnn import config

        if threads:
            config.set_num_threads(threads)

    def about(self) -> dict[str, Any]:
        """Return versions, the instruction set and the number of threads."""
        from pycnn import _core

        build = _core.build_info()
        return {
            "versions": {
                "pycnn": f"{build['version']} ({build['compiler']}, {build['isa']})",
                "Python": platform.python_version(),
                "NumPy": np.__version__,
            },
            "threads": _core.num_threads(),
        }

    def peak(self) -> float:
        """Return the FMA peak of the threads in use, in GFLOP/s."""
        from pycnn import _core

        return _core.measure_peak(_core.num_threads())

    def work(self, description: dict[str, Any], variant: str) -> Callable[[], Any]:
        """Return the call to be timed."""
        if "operation" in description:
            return operation_call(operation_from(description))
        return network_call(nets.NetworkTask(**description))

    def numbers(self, result: Any) -> list[float]:
        """Return what the other side must find too."""
        return protocol.root_mean_squares(result)


def network_call(task: nets.NetworkTask) -> Callable[[], Any]:
    """Return one training step or one prediction from arrays in memory."""
    model = sequential(nets.NETWORKS[task.network])
    weights = []
    for kernel in task.initial_kernels():
        weights += [kernel, np.zeros(kernel.shape[-1], np.float32)]
    model.set_weights(weights)
    images, labels = task.batch()
    if not task.optimizer:
        return partial(model.predict_on_batch, images)
    from pycnn import optimizers

    if task.optimizer == "SGD":
        optimizer = optimizers.SGD(task.LEARNING_RATE, momentum=task.MOMENTUM)
    else:
        optimizer = optimizers.Adam(task.LEARNING_RATE, epsilon=task.ADAM_EPSILON)
    model.compile(optimizer, loss="sparse_categorical_crossentropy")
    return partial(model.train_on_batch, images, labels)


def sequential(network: nets.Network) -> Any:
    """Return the network as a model."""
    from pycnn import Input, Sequential, layers

    model = Sequential([Input(network.input_shape)])
    for layer in network.layers:
        if isinstance(layer, nets.Conv):
            made = layers.Conv2D(layer.filters, layer.kernel_size, padding=layer.padding, activation="relu")
        elif isinstance(layer, nets.MaxPool):
            made = layers.MaxPooling2D(layer.pool_size)
        elif isinstance(layer, nets.Flatten):
            made = layers.Flatten()
        else:
            made = layers.Dense(layer.units, activation=layer.activation)
        model.add(made)
    return model


def main() -> None:
    """Answer requests until standard input ends."""
    protocol.serve(Pycnn)
