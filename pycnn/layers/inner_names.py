"""Names of the layers inside of a layer that are the same in another process: files and states are written by them.

Layers of a `Sequential`, a functional model or a `Pipeline` have names of their own, which configurations keep. A layer
with `call` makes its inner layers anew, and their names with them; there the attributes give the names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pycnn.layers.layer import Layer
from pycnn.utils.naming import snake_case


def are_attributes(layer: Any) -> bool:
    """Whether the layers inside are what the attributes hold, and nothing else gives them names."""
    return type(layer).layers is Layer.layers


def inner_names(layer: Any) -> list[tuple[str, Any]]:
    """The layers directly inside, with their names."""
    if are_attributes(layer):
        return list(attribute_paths(layer, lambda inner: snake_case(type(inner).__name__)))
    return [(inner.name, inner) for inner in layer.layers]


def attribute_paths(layer: Any, class_name: Callable[[Any], str]) -> Iterator[tuple[str, Any]]:
    """The layers that attributes hold, by Keras's rule: "dense", or "blocks/dense_1" for the second in a list.

    Attributes come in alphabetical order, private ones last.
    """
    held = {id(inner) for inner in layer.layers}

    def walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
        if id(value) in held:
            yield path, value
        elif isinstance(value, (list, tuple, Mapping)):
            counts: Counter[str] = Counter()
            for part in value.values() if isinstance(value, Mapping) else value:
                if id(part) not in held and not isinstance(part, (list, tuple, Mapping)):
                    continue
                name = class_name(part) if id(part) in held else "container"
                number = counts[name]
                counts[name] += 1
                yield from walk(f"{path}/{name}_{number}" if number else f"{path}/{name}", part)

    for name in sorted(vars(layer), key=lambda name: (name.startswith("_"), name)):
        if name not in ("traces", "symbolic_calls"):
            yield from walk(name, vars(layer)[name])


def weight_owners(model: Any) -> Iterator[tuple[str, Any]]:
    """All layers, the model first, with the paths of their names, "<model>/<layer>"; one that occurs again is left out.

    What a layer owns are its `own_weights`.
    """
    seen: set[int] = set()

    def walk(layer: Any, path: str) -> Iterator[tuple[str, Any]]:
        if id(layer) not in seen:
            seen.add(id(layer))
            yield path, layer
            for name, inner in inner_names(layer):
                yield from walk(inner, f"{path}/{name}" if path else name)

    yield from walk(model, "")


def weight_paths(model: Any) -> Iterator[tuple[str, Any]]:
    """The weights of a model with their paths, "<layer>/<weight>"."""
    for path, layer in weight_owners(model):
        for variable in layer.own_weights:
            yield f"{path}/{variable.name}" if path else variable.name, variable
