"""The table itself: which of Keras's names there are, and what is missing in the notes."""

import json
import pathlib
from fnmatch import fnmatchcase

import numpy as np

import pycnn
from tests.keras_compatibility.compare import differences
from tests.keras_compatibility.left_out import LEFT_OUT
from tests.keras_compatibility.notes import DIFFERS, INSTEAD
from tests.keras_compatibility.surface import surface

ROOT = pathlib.Path(__file__).parents[2]
TABLE = ROOT / "docs" / "keras-compatibility.md"
SURFACE = ROOT / "tests" / "data" / "keras_surface.json"

HEAD = """# Keras compatibility

Every public name of Keras {version} that a convolutional network uses, and whether pycnn has it: yes, differs (how), or
no (what there is instead). `python -m tests.keras_compatibility` writes this from the signatures of both; nothing here
is edited by hand. Further arguments and names of pycnn are not listed.
"""


def keras_surface():
    """Return what is stored of Keras: its version, its names, and which of its operations NumPy has."""
    return json.loads(SURFACE.read_text())


def examples():
    """Objects whose attributes count as members of their classes."""
    model = pycnn.Sequential([pycnn.Input((2,)), pycnn.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((1, 2)), np.ones((1, 1)), verbose=0)
    layer = model.layers[0]
    return {
        "Layer": layer,
        "Model": model,
        "Sequential": model,
        "Variable": layer.weights[0],
        "Callback": pycnn.callbacks.Callback(),
        "CallbackList": pycnn.callbacks.CallbackList(),
        "KerasTensor": pycnn.Input((2,)),
        "Loss": model.loss,
        "Metric": pycnn.metrics.get("mse"),
        "Optimizer": model.optimizer,
        "Progbar": pycnn.utils.Progbar(1),
    }


def full_name(section, name):
    """Return "module.name", "name" of the package itself, or "Class (class).member"."""
    return f"{section}.{name}" if section else name


def left_out(name):
    """Return the reason why a name is left out, or None."""
    return next((why for why, patterns in LEFT_OUT.items() if any(fnmatchcase(name, p) for p in patterns)), None)


def instead(name, keras):
    """Return what there is instead of a name, or None when the notes do not say."""
    pattern = next((pattern for pattern in INSTEAD if fnmatchcase(name, pattern)), None)
    if pattern is not None:
        return INSTEAD[pattern]
    section, _, last = name.rpartition(".")
    if section != "ops" or last not in keras["numpy"]:
        return None
    return f"{keras['numpy'][last].rpartition('.')[0]}'s function of that name"


def rows(keras):
    """Yield (section, name, "yes" | "differs" | "no", text) of every name that is not left out."""
    ours = surface("pycnn", examples())
    for section, names in keras["names"].items():
        for name, description in names.items():
            full = full_name(section, name)
            if left_out(full):
                continue
            mine = ours.get(section, {}).get(name)
            if mine is None:
                yield section, name, "no", instead(full, keras)
                continue
            if mine == "numpy":
                yield section, name, "differs", "NumPy's function of that name"
                continue
            notes = [*differences(description, mine), *([DIFFERS[full]] if full in DIFFERS else [])]
            yield section, name, "differs" if notes else "yes", "; ".join(notes)


def problems(keras):
    """Return what is wrong with the notes: names they do not explain, explanations of what is not so."""
    found = []
    listed = [(full_name(section, name), status, text) for section, name, status, text in rows(keras)]
    for name, status, text in listed:
        if status == "no" and not text:
            found.append(f"notes.INSTEAD (or left_out) must say what there is instead of {name}")
    missing = [name for name, status, _ in listed if status == "no"]
    there = [name for name, status, _ in listed if status != "no"]
    used = {next((p for p in INSTEAD if fnmatchcase(name, p)), None) for name in missing}
    found += [f"notes.INSTEAD explains {pattern}, which is not missing" for pattern in INSTEAD if pattern not in used]
    found += [f"notes.DIFFERS explains {name}, which is not there" for name in DIFFERS if name not in there]
    everything = [full_name(section, name) for section, names in keras["names"].items() for name in names]
    for reason, patterns in LEFT_OUT.items():
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in everything):
                found.append(f"left_out names {pattern} ({reason}), which Keras does not have")
    return found


def table_text(keras):
    """Return the table."""
    listed = list(rows(keras))
    counts = {status: sum(row[2] == status for row in listed) for status in ("yes", "differs", "no")}
    parts = [HEAD.format(version=keras["version"])]
    parts.append(f"Of {len(listed)} names: yes {counts['yes']}, differs {counts['differs']}, no {counts['no']}.\n")
    for section in keras["names"]:
        here = [row[1:] for row in listed if row[0] == section]
        if not here:
            continue
        title = section.removesuffix(" (class)") if section.endswith("(class)") else f"keras.{section}".rstrip(".")
        parts.append(f"## {title}\n")
        same = [f"`{name}`" for name, status, _ in here if status == "yes"]
        if same:
            parts.append(f"Yes: {', '.join(same)}\n")
        others = {}  # those of which the same is said are one row
        for name, status, text in here:
            if status != "yes":
                others.setdefault((status, text or ""), []).append(f"`{name}`")
        if others:
            parts.append("| name | | |\n|---|---|---|")
            cells = ((", ".join(names), status, text.replace("|", "\\|")) for (status, text), names in others.items())
            parts.append("\n".join(f"| {names} | {status} | {text} |" for names, status, text in cells) + "\n")
    parts.append("## Left out\n\nWhat no CNN uses, or only the inside of Keras.\n")
    for reason in LEFT_OUT:
        names = [
            f"`{full_name(section, name)}`".replace(" (class)", "")
            for section, names in keras["names"].items()
            for name in names
            if left_out(full_name(section, name)) == reason
        ]
        parts.append(f"- {reason}: {', '.join(names)}")
    return "\n".join(parts) + "\n"
