"""Output and what is known of the app become the causes that the output shows. Pure.

A wrong cause is worse than none, so each is matched by the words that only it is told with, and
of an exception and those that led to it one cause is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nuages.core.diagnosis import Diagnosis, Proof
from nuages.diagnose.cause import Cause, Found, Pattern, Values
from nuages.diagnose.context import Context
from nuages.diagnose.declared.catalogue import INSTALLING, RUNNING
from nuages.diagnose.output import Output, read_output

MOST = 3
# The installer's own words: what is raised below them was raised in a package's build.
_INSTALLER = re.compile(
    r"^\s*(?:error: |\u00d7 )(?:No solution found|[Ff]ailed to|Git operation"
    r"|Couldn't parse requirement|No interpreter|Distribution |The lockfile)"
    r"|^\s*hint: (?:Wheels|Build failures|This error likely)"
    r"|^The packages of .* could not be installed"
)


def diagnose(message: str, text: str, context: Context) -> tuple[Diagnosis, ...]:
    """The causes that `message` and the printed `text` show, the likeliest first; at most three.

    An exception has one cause, and so it comes first; lines of other kinds may show others.
    """
    output = read_output(message, text)
    context = replace(context, python=context.python or output.python)
    installing = any(_INSTALLER.search(proof.line) for proof in output.all)
    causes = INSTALLING if installing else RUNNING
    raised = list(_search(causes, output, context, raised=True))[:1]
    others = list(_search(causes, output, context, raised=False))
    found = {diagnosis.code: diagnosis for diagnosis in reversed([*raised, *others])}
    return tuple(reversed(found.values()))[:MOST]


def _search(
    causes: Iterable[Cause], output: Output, context: Context, *, raised: bool
) -> Iterator[Diagnosis]:
    for cause in causes:
        patterns = [pattern for pattern in cause.patterns if pattern.raised is raised]
        found = next(_matches(cause, patterns, output, context), None)
        if found:
            yield found


def _matches(
    cause: Cause, patterns: list[Pattern], output: Output, context: Context
) -> Iterator[Diagnosis]:
    for pattern in patterns:
        for proof in output.told if pattern.raised else output.all:
            match = pattern.expression.search(proof.line)
            if match is None:
                continue
            groups = {name: text or "" for name, text in match.groupdict().items()}
            values = cause.fill(Found(groups, output, context))
            if values is not None:
                yield _diagnosis(cause, {**groups, **values}, proof, output, context)


def _diagnosis(
    cause: Cause, values: Values, proof: Proof, output: Output, context: Context
) -> Diagnosis:
    known = {
        "app": context.app,
        "requirements": context.requirements,
        "application": context.application,
        "python": f"Python {context.python}" if context.python else "the installed Python",
        "django": f"Django {context.django}" if context.django else "the installed Django",
        **values,
    }
    by_exception = any(pattern.raised for pattern in cause.patterns)
    file, line = output.place if by_exception else ("", 0)
    title = cause.title.format_map(known)
    return Diagnosis(
        code=cause.code,
        # Names of packages stay as they are written.
        title=f"T{title[1:]}" if title.startswith("the ") else title,
        why=cause.why,
        fix=cause.fix.format_map(known),
        proofs=_proofs(proof, output, file, line),
        file=file,
        line=line,
    )


def _proofs(proof: Proof, output: Output, file: str, line: int) -> tuple[Proof, ...]:
    """The project's last frame with its line of code, where that is the place, and the line."""
    shown = [
        Proof(number, output.lines[number - 1])
        for frame in output.frames[-1:]
        if (frame.file, frame.line) == (file, line)
        for number in range(frame.number, min(frame.number + 2, len(output.lines) + 1))
    ]
    return (*[each for each in shown if each.number != proof.number], proof)
