"""`python -m nuages.control HOME`: the control plane of a state directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nuages.control.serve import parse_held, serve
from nuages.core.errors import EXIT_USAGE, NuagesError
from nuages.core.home import Home


def main() -> int:
    """Serve until told to stop; 2 where no state directory is named. What follows the directory
    is between the two programs that take turns (nuages.system.keeper)."""
    try:
        _, home, *rest = sys.argv
        held = parse_held(rest) if rest else None
    except ValueError:
        sys.stderr.write("Usage: python -m nuages.control HOME\n")
        return EXIT_USAGE
    # Whatever the shell of who started us says: other users' sandboxes read what we write.
    os.umask(0o022)
    try:
        serve(Home(Path(home).absolute()), held)
    except NuagesError as error:
        sys.stderr.write(f"Error: {error.message}\nFix: {error.hint}\nCode: {error.code.code}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
