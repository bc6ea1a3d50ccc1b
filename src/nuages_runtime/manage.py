"""Django's management commands, as Django has them: a project may have no manage.py, or one that
refuses or wraps some of them.

    python -m nuages_runtime.manage COMMAND...
"""

import os
import sys

from nuages_runtime import configured, hook


def main(arguments):
    """Run the command; Django ends the process with its exit code."""
    # Settings look at it.
    sys.argv[:] = ["manage.py", *arguments]
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    hook.install()
    from django.core.management import execute_from_command_line

    configured.prepare()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main(sys.argv[1:])
