"""The node cases of the `onnx` package for one set of operators: one node, its inputs, the outputs it must have.

Cases named *_expanded hold the same data for the operator written out as a graph of others; they are left out.
"""

import warnings
from typing import Any, NamedTuple

from onnx import defs, helper
from onnx.backend.test.case.node import collect_testcases


class Case(NamedTuple):
    """`inputs` has None where the node leaves one out; `attributes` has every attribute, with ONNX's defaults."""

    name: str
    operator: str
    attributes: dict[str, Any]
    inputs: list[Any]
    output_names: list[str]
    outputs: list[Any]


def collect(operators):
    """Return the cases whose only node is one of `operators`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package overflows and divides by zero on purpose
        found = collect_testcases(None)
    return [
        _case(case.name.removeprefix("test_"), case.model, data)
        for case in sorted(found, key=lambda case: case.name)
        if len(case.model.graph.node) == 1
        and case.model.graph.node[0].op_type in operators
        and "_expanded" not in case.name
        for data in case.data_sets
    ]


def _case(name, model, data):
    (node,) = model.graph.node
    schema = defs.get_schema(node.op_type, model.opset_import[0].version)
    attributes = {key: _value(attribute.default_value) for key, attribute in schema.attributes.items()}
    attributes.update({attribute.name: _value(attribute) for attribute in node.attribute})
    given, outputs = (list(arrays) for arrays in data)
    inputs = [given.pop(0) if slot else None for slot in node.input]
    return Case(name, node.op_type, attributes, inputs, list(node.output), outputs)


def _value(attribute):
    """The value of an attribute, None for a default that is not there."""
    value = helper.get_attribute_value(attribute) if attribute.name else None
    return value.decode() if isinstance(value, bytes) else value
