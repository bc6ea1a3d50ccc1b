"""Writes docs/reference/errors.md: every error code and exit code, from where they are declared."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from nuages.core import errors
from nuages.core.errors import ErrorCode
from tools.pages import NOTICE, ROOT, run, table

PAGE = "docs/reference/errors.md"
SOURCE = ROOT / "src" / "nuages"
HEAD = """# Errors and exit codes

Every error is shown alike: `Error:` what happened, with the value; `Fix:` what to do; `Code:` its
code. `nuages explain CODE` prints what stands here. Over HTTP an error is a problem document
(RFC 9457) with `code`, `hint` and `retryable`.

"""
MEANINGS = {
    0: "done",
    errors.EXIT_FAILED: "the operation failed",
    errors.EXIT_USAGE: "wrong usage",
    errors.EXIT_PROJECT: "the project must change (findings)",
    errors.EXIT_CONFLICT: "not found, conflict, locked",
    errors.EXIT_FORBIDDEN: "not allowed",
    errors.EXIT_UNREACHABLE: "the platform cannot be reached",
    errors.EXIT_BUG: "a bug in Nuages",
    errors.EXIT_INTERRUPTED: "interrupted",
    errors.EXIT_BROKEN_PIPE: "who read the output has gone",
}


def make_page(codes: list[ErrorCode]) -> str:
    """The whole page."""
    exits = table(["exit code", "meaning"], [[str(n), text] for n, text in MEANINGS.items()])
    parts = [NOTICE.format(source="the ErrorCode values of src/nuages"), HEAD]
    parts.append(f"## Exit codes\n\n{exits}\n## Error codes\n")
    for code in codes:
        parts.append(f"\n### {code.code}: {code.title}\n\n")
        if code.explanation:
            parts.append(f"{code.explanation}\n\n")
        again = " Trying again may help." if code.retryable else ""
        parts.append(f"Fix: {code.hint} Exit code {code.exit_code}.{again}\n")
    return "".join(parts)


def collect() -> list[ErrorCode]:
    """Every code that a module declares, by code; SystemExit where a number is used twice."""
    found: dict[str, ErrorCode] = {}
    for code in declared():
        if found.setdefault(code.code, code) != code:
            sys.exit(f"error code {code.code} is declared twice")
    return [found[name] for name in sorted(found)]


def declared() -> Iterator[ErrorCode]:
    """The values of all modules that build one."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "ErrorCode(" in path.read_text():
            module = importlib.import_module(module_name(path))
            yield from (value for value in vars(module).values() if isinstance(value, ErrorCode))


def module_name(path: Path) -> str:
    """`nuages.core.errors` for its file."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page(collect())}, sys.argv[1:]))
