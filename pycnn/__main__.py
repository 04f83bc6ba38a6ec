"""`python -m pycnn` is the command `pycnn`."""

from pycnn.cli import main

raise SystemExit(main())
