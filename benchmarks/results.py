"""A Markdown file of results: one section for each command, which a later run of the same command replaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# Options that say where something lies and not what is measured: their values do not belong into the results.
WITHOUT_VALUE = ("--json", "--markdown")
INTERPRETER = "--torch-python"


def command_line(arguments: Sequence[str]) -> str:
    """Return the command as one would type it on another machine.

    >>> command_line(["/pycnn/benchmarks/ops.py", "--isa", "avx2", "--torch-python", "/bin/python", "--json", "a"])
    'python -m benchmarks.ops --isa avx2 --torch-python PYTHON_WITH_TORCH'
    """
    words = [f"python -m benchmarks.{Path(arguments[0]).stem}"]
    rest = iter(word for argument in arguments[1:] for word in argument.split("=", 1))
    for word in rest:
        if word in WITHOUT_VALUE:
            next(rest)
        elif word == INTERPRETER:
            next(rest)
            words += [word, "PYTHON_WITH_TORCH"]
        else:
            words.append(f"'{word}'" if " " in word else word)
    return " ".join(words)


def write_section(file: Path, arguments: Sequence[str], text: str) -> None:
    """Put the text under a heading with the command, in the place of such a section or at the end."""
    heading = f"## `{command_line(arguments)}`"
    before = file.read_text() if file.exists() else "# Results\n"
    sections = re.split(r"^(?=## )", before, flags=re.MULTILINE)
    sections = [section.rstrip() for section in sections]
    new = f"{heading}\n\n{text.rstrip()}"
    places = [number for number, section in enumerate(sections) if section.partition("\n")[0] == heading]
    if places:
        sections[places[0]] = new
    else:
        sections.append(new)
    file.write_text("\n\n".join(sections) + "\n")
