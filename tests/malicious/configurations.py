"""Bad configurations in a `.keras` file: code, other files, sizes beyond the file, nonsense."""

from __future__ import annotations

from tests.malicious import with_config, with_text

INPUT, CONV, FLATTEN, DENSE = range(4)


def entry(class_name, module="keras.layers", registered_name=None, **config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered_name}


def layer(position, **changed):
    """Other arguments for a layer."""
    return with_config(lambda config: config["config"]["layers"][position]["config"].update(changed))


def replaced(position, new):
    def change(config):
        config["config"]["layers"][position] = new

    return with_config(change)


def added(*entries):
    return with_config(lambda config: config["config"]["layers"].extend(entries))


def compiled(**changed):
    return with_config(lambda config: config["compile_config"].update(changed))


def model(**changed):
    return with_config(lambda config: config.update(changed))


def nested(depth):
    inner = entry("Dense", units=3)
    for number in range(depth):
        inner = entry("Sequential", "keras", name=f"m{number}", layers=[inner])
    return inner


def doubling(config):
    """40 layers of twice as many units each."""
    config["config"]["layers"] += [entry("Dense", units=2**i, name=f"d{i}") for i in range(4, 44)]


PAYLOAD = {"class_name": "__lambda__", "config": {"value": ["4wEAAAAAAAAA", None, None]}}
FUNCTION = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}

CONFIGURATIONS = {
    "a function of the system as model": model(module="os", class_name="system"),
    "builtins as module": replaced(DENSE, entry("eval", "builtins")),
    "utility as layer": replaced(DENSE, entry("get_file", "keras.utils", fname="x", origin="http://example.org")),
    "switch of safety as layer": added(entry("enable_unsafe_deserialization", "keras.config")),
    "Lambda": added(entry("Lambda", function=PAYLOAD)),
    "Lambda of a registered name": added(entry("Lambda", registered_name="Dense", function=PAYLOAD)),
    "lambda as activation": layer(DENSE, activation=PAYLOAD),
    "lambda as initializer": layer(DENSE, kernel_initializer=PAYLOAD),
    "function as initializer": layer(DENSE, kernel_initializer=FUNCTION),
    "type specification": layer(DENSE, kernel_initializer={"class_name": "__typespec__", "config": []}),
    "saved model": added(entry("TFSMLayer", filepath="/tmp/evil")),
    "pickle of torch": added(entry("TorchModuleWrapper", "keras.utils", value="gASVHwAAAAAAAACM")),
    "wrapper of jax": added(entry("JaxLayer", call_fn=FUNCTION)),
    "vocabulary in a file": added(entry("StringLookup", vocabulary="/etc/passwd")),
    "layer of an unknown package": added(entry("Evil", "evil.layers", "evil>Evil")),
    "layer with the module of another": replaced(DENSE, entry("Dense", "subprocess", units=3)),
    "module not a text": replaced(DENSE, entry("Dense", ["keras"], units=3)),
    "weights from a path": layer(CONV, weights="/etc/passwd"),
    "loss of the system": compiled(loss=FUNCTION),
    "loss of the user": compiled(loss=entry("MyLoss", "my.losses", "my>MyLoss")),
    "metric of the user": compiled(metrics=[entry("MyMetric", "my", "my>MyMetric")]),
    "layer as optimizer": compiled(optimizer=entry("Dense", units=3)),
    "optimizer of the user": compiled(optimizer=entry("Mine", "my", "my>Mine")),
    "negative learning rate": compiled(optimizer=entry("Adam", "keras.optimizers", learning_rate=-1.0)),
    "not JSON": with_text("{"),
    "not UTF-8": with_text(b'{"class_name": "\xff"}'),
    "byte order mark": with_text("\ufeff{}"),
    "a list": with_text("[]"),
    "a number": with_text("1"),
    "a key twice": with_text('{"class_name": "Sequential", "class_name": "Sequential", "config": {}}'),
    "100,000 lists inside each other": with_text("[" * 100_000 + "]" * 100_000),
    "a million layers": with_text('{"class_name":"Sequential","config":{"layers":[' + "{}," * 10**6 + "{}]}}"),
    "integer of a million digits": with_text('{"class_name": "Sequential", "config": {"x": ' + "9" * 10**6 + "}}"),
    "NaN": with_text('{"class_name": "Sequential", "config": NaN}'),
    "1,000 models inside each other": with_text(
        '{"class_name":"Sequential","config":{"layers":[' * 1000 + '{"class_name":"Flatten","config":{}}' + "]}}" * 1000
    ),
    "10 models inside each other": added(nested(10)),
    "layers of one name": layer(CONV, name="dense"),
    "name with a folder": layer(CONV, name="../conv"),
    "name not a text": layer(CONV, name={"a": 1}),
    "layer not a dictionary": replaced(DENSE, "Dense"),
    "layer without arguments": replaced(DENSE, {"class_name": "Dense"}),
    "argument unknown": layer(DENSE, evil=1),
    "40 layers, each twice as wide": with_config(doubling),
    "weights of 2**40 elements": layer(DENSE, units=2**36),
    "weights of 2**66 elements": layer(DENSE, units=2**62),
    "image of 2**62 pixels": layer(INPUT, batch_shape=[None, 2**31, 2**31, 1]),
    "shape from build_config": replaced(
        CONV, {**entry("Conv2D", filters=4, kernel_size=3), "build_config": {"input_shape": [None, 2**31, 2**31, 1]}}
    ),
    "mixed precision of something": layer(DENSE, dtype=entry("system", "os", name="float32")),
    "unknown data type": layer(DENSE, dtype="object"),
    **{f"filters {value!r}": layer(CONV, filters=value) for value in (-1, 0, 2**31, 1e308, "8", True, None, [4])},
    **{f"kernel size {value!r}": layer(CONV, kernel_size=value) for value in (0, -1, 2**62, [3], "3")},
    **{f"strides {value!r}": layer(CONV, strides=value) for value in (0, -1, 2**62)},
    "dilation 2**62": layer(CONV, dilation_rate=2**62),
    "no input": with_config(
        lambda config: (
            config["config"]["layers"].pop(0)
            and config.pop("build_config")
            and config["config"].pop("build_input_shape")
        )
    ),
}
