"""Messages and progress on standard output, or in the log when interactive logging is off.

A progress bar that redraws its line leaves that line open; whatever is printed next begins a new one.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_interactive = True
_open_on: Any = None  # the stream with an open line


def enable_interactive_logging() -> None:
    """Show progress and messages on standard output; so it is at first."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Send progress and messages to the logger "pycnn" of Python's `logging`, level INFO."""
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress and messages go to standard output.

    >>> from pycnn import config
    >>> config.is_interactive_logging_enabled()
    True
    """
    return _interactive


def is_notebook() -> bool:
    """Whether standard output is that of a notebook's cell."""
    return type(sys.stdout).__module__.startswith("ipykernel")


def redraws_lines() -> bool:
    """Whether what is shown can be drawn over: in terminals and notebooks, not in files and pipes."""
    if not _interactive or sys.stdout is None:
        return False
    if is_notebook() or "PYCHARM_HOSTED" in os.environ:
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def print_message(message: str) -> None:
    """Show one or more whole lines."""
    global _open_on
    if not _interactive:
        import logging  # slow to import

        logging.getLogger("pycnn").info(message)
        return
    _write(f"\n{message}\n" if _open_on is not None and _open_on is sys.stdout else f"{message}\n")
    _open_on = None


def redraw(line: str) -> None:
    """Draw the open line anew, from its beginning."""
    global _open_on
    _write(f"\r{line}")
    _open_on = sys.stdout


def close_line() -> None:
    """End the open line."""
    global _open_on
    _write("\n")
    _open_on = None


def can_show(text: str) -> bool:
    """Whether standard output has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write(text: str) -> None:
    if sys.stdout is None:  # a program without a console
        return
    if not can_show(text):
        encoding = sys.stdout.encoding
        text = text.encode(encoding, errors="replace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()
