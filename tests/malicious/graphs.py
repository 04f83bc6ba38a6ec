"""Bad graphs in the configuration of a functional model."""

from __future__ import annotations

import pycnn
from pycnn import layers
from tests.malicious import with_config


def good_graph(path):
    """Write a small functional model: x, then a and b of it, their sum, twice the sum."""
    x = pycnn.Input((4,), name="x")
    a, b = layers.Dense(3, name="a")(x), layers.Dense(3, name="b")(x)
    both = layers.Add(name="both")([a, b])
    model = pycnn.Model(x, both * 2.0 + a)
    model.compile("sgd", "mse")
    model.save(path)


def tensor(name, call=0, place=0):
    return {"class_name": "__keras_tensor__", "config": {"shape": None, "keras_history": [name, call, place]}}


def layer(name, /, **changed):
    """Change keys of a layer's entry."""

    def change(config):
        next(entry for entry in config["config"]["layers"] if entry["name"] == name).update(changed)

    return with_config(change)


def calls(name, *arguments, **keywords):
    """Other calls of a layer, each on one argument."""
    return layer(name, inbound_nodes=[{"args": [value], "kwargs": keywords} for value in arguments])


def operation(**changed):
    """Change keys of the entry of the multiplication."""

    def change(config):
        entry = next(entry for entry in config["config"]["layers"] if ".ops." in entry["module"])
        entry.update(changed)

    return with_config(change)


def ends(**changed):
    return with_config(lambda config: config["config"].update(changed))


def without(name):
    def change(config):
        config["config"]["layers"] = [entry for entry in config["config"]["layers"] if entry["name"] != name]

    return with_config(change)


def large_operation(config):
    """One operation that NumPy computes, on samples of 2**31 numbers."""
    entries = config["config"]["layers"]
    image, product = entries[0], next(entry for entry in entries if ".ops." in entry["module"])
    image["config"]["batch_shape"] = [None, 2**31]
    image.pop("build_config")
    product.update(class_name="Log", registered_name="Log", inbound_nodes=[{"args": [tensor("x")], "kwargs": {}}])
    config["config"].update(layers=[image, product], output_layers=[product["name"], 0, 0])


OBJECTS = {"class_name": "__numpy__", "config": {"value": [1e12], "dtype": "object"}}

GRAPHS = {
    "a circle": calls("a", tensor("both")),
    "a layer on itself": calls("a", tensor("a")),
    "a layer on its later call": calls("a", tensor("a", 1), tensor("x")),
    "a layer that is not there": calls("a", tensor("nothing")),
    "a call that is not there": calls("a", tensor("x", 7)),
    "a place that is not there": calls("a", tensor("x", 0, 7)),
    "a call below zero": calls("a", tensor("x", -1)),
    "a place below zero": calls("a", tensor("x", 0, -1)),
    "a call that is text": calls("a", tensor("x", "0")),
    "a call that is true": calls("a", tensor("x", True)),
    "a layer that is a list": calls("a", tensor(["x"])),
    "no history": calls("a", {"class_name": "__keras_tensor__", "config": {"shape": [None, 4]}}),
    "a tensor without configuration": calls("a", {"class_name": "__keras_tensor__", "config": None}),
    "a number for a tensor": calls("a", 3),
    "nothing for a tensor": calls("a", None),
    "a function for a tensor": calls("a", {"class_name": "function", "module": "os", "config": "system"}),
    "two arguments": layer("a", inbound_nodes=[{"args": [tensor("x"), tensor("x")], "kwargs": {}}]),
    "a keyword": calls("a", tensor("x"), evil=1),
    "a mask": calls("a", tensor("x"), mask=tensor("x")),
    "keywords a list": layer("a", inbound_nodes=[{"args": [tensor("x")], "kwargs": [1]}]),
    "call not a dictionary": layer("a", inbound_nodes=[3]),
    "calls not a list": layer("a", inbound_nodes={}),
    "no calls": layer("a", inbound_nodes=[]),
    "other shapes": calls("both", [tensor("x"), tensor("a")]),
    "one input of a sum of layers": calls("both", tensor("a")),
    "layers of one name": layer("a", name="b"),
    "another name": layer("a", name="c"),
    "name a list": layer("a", name=["a"]),
    "a layer missing": without("a"),
    "the input missing": without("x"),
    "no layers": with_config(lambda config: config["config"].update(layers=[])),
    "layers a number": ends(layers=3),
    "output that is not there": ends(output_layers=["nothing", 0, 0]),
    "output of a call that is not there": ends(output_layers=["a", 5, 0]),
    "output before the first": ends(output_layers=["a", -1, 0]),
    "no output": ends(output_layers=[]),
    "output a number": ends(output_layers=3),
    "input that is none": ends(input_layers=["a", 0, 0]),
    "input twice": ends(input_layers=[["x", 0, 0], ["x", 0, 0]]),
    "no input": ends(input_layers=[]),
    "operation of another name": operation(class_name="Exec"),
    "operation of another module": operation(module="os.ops.numpy"),
    "operation with text": operation(inbound_nodes=[{"args": [tensor("both"), "2"], "kwargs": {}}]),
    "operation on nothing": operation(inbound_nodes=[{"args": [1.0, 2.0], "kwargs": {}}]),
    "operation of three": operation(inbound_nodes=[{"args": [tensor("both")] * 3, "kwargs": {}}]),
    "operation of none": operation(inbound_nodes=[{"args": [], "kwargs": {}}]),
    "operation on 2**31 numbers": with_config(large_operation),
    "operation with an array of objects": operation(inbound_nodes=[{"args": [tensor("both"), OBJECTS], "kwargs": {}}]),
}
