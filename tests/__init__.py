"""Tests of pycnn: one module per concept; `reference` holds the oracles, `sweep` the random-shape comparison.

They test the installed package. Run from the checkout, `python -m` puts the checkout first on the path, whose pycnn/
has no compiled core unless it was built in place: then the checkout is taken off the path.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

if not list((CHECKOUT / "pycnn").glob("_core.*")):
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != CHECKOUT]
