"""`python -m sandbox`: see README.md beside this file."""

import sys

from sandbox.server import CannotStart, serve
from sandbox.settings import read_command_line


def main() -> int:
    try:
        serve(read_command_line())
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
