"""A dependency input becomes what uv is given in the sandbox: files, and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nuages.core.facts import Dependencies

# Options of a requirements file that uv takes as arguments alone.
_ARGUMENTS: Mapping[str, str] = {
    "--pre": "--prerelease=allow",
    "--trusted-host": "--allow-insecure-host",
}
_INDEXES = ("--index-url ", "--extra-index-url ")


@dataclass(frozen=True, slots=True)
class InsideInputs:
    """Texts by the name of their file, and the arguments of an installation."""

    files: Mapping[str, str]
    arguments: tuple[str, ...]


def inside_inputs(dependencies: Dependencies, exported: str, shown: str) -> InsideInputs:
    """What to install `dependencies` with; `exported` is what they were turned into, where they
    were, and `shown` the folder of the files as uv sees it. The source is /app there."""
    files: dict[str, str] = {}
    arguments: list[str] = []
    in_file = [each for each in dependencies.options if each.split()[0] not in _ARGUMENTS]
    for option in dependencies.options:
        name, *values = option.split()
        if name in _ARGUMENTS:
            arguments += [_ARGUMENTS[name], *values]
    # An address may have a password, which arguments would show to every process.
    if in_file:
        files["options.txt"] = _text(in_file)
        arguments += ["-r", f"{shown}/options.txt"]
    if any(option.startswith(_INDEXES) for option in in_file):
        # As pip does, which these were written for: the best release of all indexes.
        arguments += ["--index-strategy", "unsafe-best-match"]
    if dependencies.constraints:
        files["constraints.txt"] = _text(dependencies.constraints)
        arguments += ["-c", f"{shown}/constraints.txt"]
    if dependencies.kind == "uv" or dependencies.lines:
        if exported:
            files["exported.txt"] = exported
        arguments += ["-r", f"{shown}/exported.txt"]
    elif dependencies.kind in ("requirements", "pyproject"):
        arguments += ["-r", f"/app/{dependencies.files[0]}"]
    return InsideInputs(files, tuple(arguments))


def _text(lines: list[str] | tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)
