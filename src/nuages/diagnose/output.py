"""What a step printed, taken apart: the exception that ended it, and every line with its number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nuages.core.diagnosis import Proof

_HEAD = "Traceback (most recent call last):"
# Between the tracebacks of exceptions of which one led to the other (CPython, traceback.py).
_JOINTS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
# A line that tells of an exception, and our own messages that do.
_TOLD = re.compile(r"^\s*(?:[a-z_]\w*\.)*(?P<kind>[A-Z]\w+)(?:: |:?$)")
# One for certain, by the ending of its name.
_RAISED = re.compile(
    r"^\s*(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Configured|NotReady|DoesNotExist|ReverseMatch"
    r"|History|Table|Column|Privilege|Interrupt)(?:: |:?$)"
)
_MESSAGE = re.compile(r"(?:^|: )(?:[a-z_]\w*\.)*(?P<kind>[A-Z]\w+(?:\.[A-Z]\w+)*): ")
_PLACE = re.compile(r"^(?P<file>[\w./-]+\.\w+):(?P<line>\d+): ")
_PYTHON = re.compile(r"/lib/python(?P<version>3\.\d+)/")
_SANDBOX = "/app/"
_FOREIGN = re.compile(r"/(?:site|dist)-packages/|/lib/python\d|^<|^/nuages/|(?:^|/)manage\.py$")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the project's own code. `name` is the function, `<module>` at the top level."""

    number: int
    file: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Output:
    """`message` is the error's own, `lines` what was printed. `first` is the index of the line
    with which the last chain of exceptions begins."""

    message: str
    lines: tuple[str, ...]
    first: int

    @property
    def all(self) -> Iterator[Proof]:
        """Every line: what was printed, then those of the message."""
        yield from (Proof(number, line) for number, line in enumerate(self.lines, 1))
        yield from self._message

    @property
    def told(self) -> Iterator[Proof]:
        """The lines that may tell of the exception that ended it. What was printed before the
        last chain was survived; and a chain of which the message says nothing is not why."""
        if self._is_about_message:
            yield from (
                Proof(number, line)
                for number, line in enumerate(self.lines[self.first :], self.first + 1)
                if not _FRAME.match(line)
            )
        yield from self._message

    @property
    def frames(self) -> list[Frame]:
        """The frames of the project's own code in the last chain, the deepest one last."""
        return [
            Frame(number, match["file"].removeprefix(_SANDBOX), int(match["line"]), match["name"])
            for number, line in enumerate(self.lines[self.first :], self.first + 1)
            if (match := _FRAME.match(line)) and not _FOREIGN.search(match["file"])
        ]

    @property
    def place(self) -> tuple[str, int]:
        """Where the project's code was last at work."""
        match = _PLACE.match(self.message)
        if match:
            return match["file"], int(match["line"])
        frames = self.frames if self._is_about_message else []
        return (frames[-1].file, frames[-1].line) if frames else ("", 0)

    @property
    def python(self) -> str:
        """The version of Python whose library or packages are named; empty where none is."""
        match = next(filter(None, map(_PYTHON.search, self.lines)), None)
        return match["version"] if match else ""

    @property
    def _message(self) -> Iterator[Proof]:
        return (Proof(0, line) for line in self.message.splitlines())

    @property
    def _is_about_message(self) -> bool:
        kinds = {match["kind"].rpartition(".")[2] for match in _MESSAGE.finditer(self.message)}
        if not kinds:
            return True
        lines = self.lines[self.first :]
        told = {match["kind"] for line in lines if (match := _TOLD.match(line))}
        return not told or not told.isdisjoint(kinds)


def read_output(message: str, text: str) -> Output:
    """An error's message and what was printed before it."""
    lines = tuple(text.splitlines())
    return Output(message, lines, (chain_starts(lines) or [0])[-1])


def chain_starts(lines: Sequence[str]) -> list[int]:
    """The index of each traceback that does not follow from the one before it, and of each
    exception that is told without one after another."""
    starts, joined, told = [], False, False
    for index, line in enumerate(lines):
        if line.strip() in _JOINTS:
            joined, told = True, False
        elif line.endswith(_HEAD):
            if not joined:
                starts.append(index)
            joined, told = False, False
        elif _RAISED.match(line):
            if told:
                starts.append(index)
            joined, told = False, True
    return starts
