"""What a user notices when a call written for Keras's signature meets pycnn's."""

import ast

from tests.keras_compatibility.surface import arguments


def differences(keras, pycnn):
    """Return phrases about the arguments that Keras's description has and pycnn's has otherwise or not at all.

    Further arguments of pycnn do not count where a call written for Keras need not know of them.
    """
    theirs, ours = arguments(keras), arguments(pycnn)
    if theirs is None or ours is None:
        return []
    kinds = {name: kind for name, kind, _ in ours}
    defaults = {name: default for name, _, default in ours}
    order = [name for name, kind, _ in ours if kind == "positional"]
    found, missing, position = [], [], 0
    for name, kind, default in theirs:
        if name in ("*", "**"):
            continue
        if name not in kinds:
            if "**" not in kinds:
                missing.append(name)
            continue
        if kind == "positional" and kinds[name] == "keyword":
            found.append(f"{name} by keyword only")
        elif kind == "positional":
            if order.index(name) != position:
                found.append(f"{name} at place {order.index(name) + 1}, not {position + 1}")
            position += 1
        if default is not None and defaults[name] is None:
            found.append(f"{name} must be given")
        elif default is not None and name != "name" and not same(default, defaults[name]):
            found.append(f"{name}={defaults[name]}, not {default}")
    names = {name for name, _, _ in theirs}
    for name, kind, default in ours:
        if default is None and kind in ("positional", "keyword") and name not in names and "*" not in names:
            found.append(f"{name} must be given")
    return [f"without {', '.join(missing)}", *found] if missing else found


def same(keras, pycnn):
    """Whether two defaults mean the same: 1 and (1, 1), 1 and 1.0, "Zeros" and "zeros"."""
    if keras == pycnn:
        return True
    try:
        return simple(ast.literal_eval(keras)) == simple(ast.literal_eval(pycnn))
    except (ValueError, SyntaxError):
        return False


def simple(value):
    """Return one number for a tuple, or nested tuples, of equal ones, and text in lower case."""
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, (tuple, list)):
        parts = {simple(part) for part in value}
        return parts.pop() if len(parts) == 1 else tuple(simple(part) for part in value)
    return value
