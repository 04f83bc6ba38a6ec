"""Gradients of layers, models, losses and regularizers compared with difference quotients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pycnn import losses
from pycnn.layers.layer import Layer
from pycnn.layers.node import describe
from pycnn.regularizers import Regularizer
from pycnn.utils import arguments, tree
from pycnn.verify.differences import compare
from pycnn.verify.gradient_report import GradientReport


def check_gradients(
    part: Any,
    inputs: Any,
    y_true: Any = None,
    sample_weight: Any = None,
    *,
    training: bool = False,
    elements: int | None = 100,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of a layer, a model, a loss or a regularizer with difference quotients.

    A layer or model is checked as it stands in a network: for f = sum(dy * outputs) with random dy, to all inputs and
    all trained weights. It is copied first, with its weights as float64; the one given stays as it is.

    Args:
        part: a layer (of your own, or any), a model; a loss (object, name or function), a regularizer.
        inputs: a batch, or a list or dictionary of one for each input; the predictions of a loss, the weight of a
            regularizer. Take numbers without symmetry, such as normally distributed ones.
        y_true: targets, for a loss.
        sample_weight: for a loss.
        training: whether the layer or model computes as in training. Random numbers are the same each time.
        elements: how many elements of each array are compared, drawn at random; None for all.
        tolerance: the largest error that counts as right.
        seed: of dy and of the draw.

    Returns:
        The report; ``assert check_gradients(...)`` fails with it when a gradient is wrong.

    Raises:
        ValueError, TypeError: arguments that do not fit; whatever the part itself raises.

    >>> import numpy as np
    >>> from pycnn.layers import Layer
    >>> from pycnn.verify import check_gradients
    >>> class Cube(Layer):
    ...     def forward(self, inputs, training, **step):
    ...         self.inputs = inputs
    ...         return inputs**3
    ...     def backward(self, dy):
    ...         return 2 * self.inputs**2 * dy  # which is wrong
    >>> check_gradients(Cube(name="cube"), np.array([[1.0, 2.0]])).holds
    False
    """
    # Not default_rng(seed): the inputs may come from there, and dy must have nothing to do with them.
    generator = np.random.default_rng([arguments.integer("check_gradients", "seed", seed, 0), 0x64F])
    if elements is not None:
        elements = arguments.integer("check_gradients", "elements", elements)
    tolerance = arguments.number("check_gradients", "tolerance", tolerance, 0.0)
    if isinstance(part, Layer):
        name = f"{type(part).__name__} {part.name!r}"
        function, arrays = _layer(part, inputs, training, generator)
    elif isinstance(part, Regularizer):
        name = type(part).__name__
        function, arrays = _function(part, part.gradient, inputs)
    else:
        loss = losses.get(part)
        name = f"{type(loss).__name__} {loss.name!r}"
        function, arrays = _loss(loss, inputs, y_true, sample_weight)
    gradients = function.gradients()
    if len(gradients) != len(arrays):
        rule = f"there must be one gradient for each of {', '.join(arrays)}"
        raise arguments.error("check_gradients", rule, "number of gradients", len(gradients))
    errors = [
        compare(label, function.value, array, np.asarray(gradient), _draw(array, elements, generator))
        for (label, array), gradient in zip(arrays.items(), gradients, strict=True)
    ]
    return GradientReport(name, tolerance, tuple(errors))


@dataclass(frozen=True)
class _Function:
    """A number as a function of arrays that are changed in place, and its gradients to them.

    `value` returns the number and the sum of the magnitudes that it is the sum of.
    """

    value: Callable[[], tuple[float, float]]
    gradients: Callable[[], Sequence[np.ndarray]]
    layer: Layer | None = None  # kept alive: the core's references to it are weak


def _loss(loss: Any, inputs: Any, y_true: Any, sample_weight: Any) -> tuple[_Function, dict[str, np.ndarray]]:
    if y_true is None:
        raise arguments.error("check_gradients", "y_true must be given for a loss", "y_true", y_true)
    y_pred = _float64("inputs", inputs)

    def value() -> tuple[float, float]:
        number = float(np.sum(loss(y_true, y_pred, sample_weight)))
        return number, abs(number)

    return _Function(value, lambda: [loss.value_and_gradient(y_true, y_pred, sample_weight)[1]]), {"y_pred": y_pred}


def _function(
    call: Callable[[np.ndarray], Any], gradient: Callable[[np.ndarray], Any], inputs: Any
) -> tuple[_Function, dict[str, np.ndarray]]:
    w = _float64("inputs", inputs)

    def value() -> tuple[float, float]:
        number = float(call(w))
        return number, abs(number)

    return _Function(value, lambda: [gradient(w)]), {"w": w}


def _layer(
    part: Layer, inputs: Any, training: bool, generator: np.random.Generator
) -> tuple[_Function, dict[str, np.ndarray]]:
    several = part.several_inputs
    given = tree.flatten(inputs) if isinstance(inputs, dict) else list(inputs) if several else [inputs]
    samples = [_float64(f"inputs[{i}]" if several else "inputs", x) for i, x in enumerate(given)]
    layer = _in_float64(part, [(None, *x.shape[1:]) for x in samples])
    network = describe(layer, *(x.shape[1:] for x in samples))
    views = [view for _, _, view, _ in network.parameters()]
    for variable, view in zip(network.variables, views, strict=True):
        variable.move_to(view, _Holder())  # layers written in Python read their weights there
    network.touch()
    outputs = network.forward(samples, training)
    dy = [generator.standard_normal(y.shape) for y in _listed(outputs)]

    def value() -> tuple[float, float]:
        network.touch()
        terms = [term.ravel() for term in map(np.multiply, dy, _listed(network.forward(samples, training)))]
        terms += [np.array([penalty.value]) for penalty in network.activity_penalties]
        return float(sum(np.sum(term) for term in terms)), float(sum(np.sum(np.abs(term)) for term in terms))

    def gradients() -> list[np.ndarray]:
        network.touch()
        _, dx, dweights = network.gradients(samples, dy if isinstance(outputs, list) else dy[0], training)
        return [*_listed(dx), *dweights]

    arrays = {f"input {i}" if len(samples) > 1 else "input": x for i, x in enumerate(samples)}
    for owner, variable, view, (_, _, _, trained) in zip(
        network.owners, network.variables, views, network.parameters(), strict=True
    ):
        if trained:
            arrays[variable.name if owner is layer else f"{owner.name}/{variable.name}"] = view
    return _Function(value, gradients, layer), arrays


class _Holder:
    """Stands for the network, which holds the weights of a copied layer."""

    lost = False

    def touch(self) -> None:
        """Nothing depends on it."""


def _in_float64(part: Layer, shapes: list[tuple[int | None, ...]]) -> Layer:
    """Return a built copy whose layers compute in float64."""
    layer = copy.deepcopy(part)
    if not layer.built:
        layer.build(shapes if layer.several_inputs else shapes[0])
    for inner in _all_layers(layer):
        inner.dtype = "float64"
        inner.traces.clear()  # they are of another dtype
    return layer


def _all_layers(layer: Layer) -> list[Layer]:
    """A layer and all inside of it, also the arithmetic of graphs."""
    return [layer, *(deeper for inner in getattr(layer, "operations", layer.layers) for deeper in _all_layers(inner))]


def _float64(name: str, value: Any) -> np.ndarray:
    array = np.array(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"[check_gradients] {name} must hold real numbers; got dtype={array.dtype}")
    return np.ascontiguousarray(array, np.float64)


def _listed(arrays: Any) -> list[np.ndarray]:
    return [arrays] if isinstance(arrays, np.ndarray) else list(arrays)


def _draw(array: np.ndarray, elements: int | None, generator: np.random.Generator) -> np.ndarray:
    """Numbers of the elements to compare."""
    if elements is None or elements >= array.size:
        return np.arange(array.size)
    return np.sort(generator.choice(array.size, elements, replace=False))
