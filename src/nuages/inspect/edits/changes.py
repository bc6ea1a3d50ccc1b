"""The edits of findings become changes of files: what each holds before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nuages.core.finding import Edit, EditKind
from nuages.inspect.text import decode


@dataclass(frozen=True, slots=True)
class Change:
    """One file, below the source: `before` is None where it is made anew."""

    file: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is left as it is, and why."""

    file: str
    reason: str


def change_files(
    edits: Iterable[Edit], read: Callable[[str], bytes | None]
) -> tuple[list[Change], list[Refused]]:
    """The changes that the edits make, one for each file, in order. `read` gives a file's bytes,
    None where there is none; ValueError where it must not be touched."""
    files: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(edits):
        files.setdefault(edit.file, []).append(edit)
    changes, refused = [], []
    for file, wanted in files.items():
        try:
            before = read(file)
            after = _edited(before, wanted)
        except ValueError as error:
            refused.append(Refused(file, str(error)))
            continue
        if after != before:
            changes.append(Change(file, before, after))
    return changes, refused


def _edited(content: bytes | None, edits: Sequence[Edit]) -> bytes:
    kind = edits[0].kind
    if kind is EditKind.CREATE:
        if content is not None:
            raise ValueError("it exists, and is left out of deployments")
        return edits[0].text.encode()
    if content is None:
        raise ValueError("it is not there any more")
    if kind is EditKind.REQUIREMENT:
        return _with_lines(content, [edit.text for edit in edits])
    from nuages.inspect.edits.settings_code import edit_code  # noqa: PLC0415 libcst is slow

    return edit_code(content, edits)


def _with_lines(content: bytes, lines: Sequence[str]) -> bytes:
    """A requirements file with more lines at its end, in its own encoding and line ending."""
    encoding = decode(content).encoding
    # Without a byte order mark of its own: one begins the file already.
    added = "utf-8" if encoding == "utf-8" else encoding
    if encoding == "utf-16":
        added = "utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be"
    end = "\r\n" if "\r\n".encode(added) in content else "\n"
    ended = not content or content.endswith("\n".encode(added))
    text = ("" if ended else end) + "".join(f"{line}{end}" for line in lines)
    return content + text.encode(added)
