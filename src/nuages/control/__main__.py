"""`python -m nuages.control HOME`: the control plane of a state directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nuages.control.serve import serve
from nuages.core.errors import EXIT_USAGE, NuagesError
from nuages.core.home import Home


def main() -> int:
    """Serve until told to stop; 2 where no state directory is named."""
    if len(sys.argv) != 2:
        sys.stderr.write("Usage: python -m nuages.control HOME\n")
        return EXIT_USAGE
    # Whatever the shell of who started us says: other users' sandboxes read what we write.
    os.umask(0o022)
    try:
        return serve(Home(Path(sys.argv[1]).absolute()))
    except NuagesError as error:
        sys.stderr.write(f"Error: {error.message}\nFix: {error.hint}\nCode: {error.code.code}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
