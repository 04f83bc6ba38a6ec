"""The command `pycnn`: reads the arguments and hands over to the subcommand's module.

Contract: exit status 0 when done, 1 when `verify` finds a difference, 2 with one line on stderr for anything wrong with
the arguments or files, 130 when interrupted. A traceback means a bug.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

import pycnn
from pycnn.cli import info, train, verify


class _Parser(argparse.ArgumentParser):
    """Reports a mistake in one line, without the usage text before it."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: error: {line} (help: {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; None reads the process's own. Returns the exit status.

    Raises:
        SystemExit: after --help and --version (status 0) and mistakes (status 2).
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        parser.print_help()
        return 0
    try:
        return parsed.run(parsed) or 0  # None of a command that cannot fail
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pycnn",
        description="Trains small convolutional neural networks on this machine's processor.",
        epilog="Start with `pycnn train`: it needs no data and takes less than a minute.",
    )
    parser.add_argument("--version", action="version", version=f"pycnn {pycnn.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in (train, info, verify):
        subparser = commands.add_parser(command.NAME, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run, parser=subparser)
    return parser
