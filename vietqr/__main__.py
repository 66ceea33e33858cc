"""Run the commands: ``python -m vietqr --help``."""

import sys

from vietqr.cli import main

if __name__ == "__main__":
    sys.exit(main())
