"""See the package: the command line."""

import argparse
import difflib
import sys

from tests.keras_compatibility.table import TABLE, keras_surface, problems, table_text


def main():
    """Write or check the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.keras_compatibility")
    parser.add_argument("--check", action="store_true", help="write nothing, fail with a diff when out of date")
    options = parser.parse_args()
    found, keras = [], keras_surface()
    text = table_text(keras)
    if options.check:
        old = TABLE.read_text() if TABLE.exists() else ""
        found += difflib.unified_diff(old.splitlines(), text.splitlines(), "the table", "as it must be", lineterm="")
    else:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(text)
    found += problems(keras)
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
