"""What `nuages export` writes, as inspection and the source know it again: it says nothing of the
project that was not known before."""

from __future__ import annotations

# The folder beside a Dockerfile of ours, with what its build takes besides the project.
FOLDER = ".nuages"
# How the first line of a file of ours begins.
MARK = "# Made by `nuages export`"


def is_exported(text: str) -> bool:
    """Whether a file with this text is one of ours."""
    return text.startswith(MARK)
