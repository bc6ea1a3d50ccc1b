"""The specification as a Markdown page, short enough to be pasted into an AI assistant. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from nuages.assist.specification import Specification
from nuages.core.config import Key
from nuages.core.finding import Rule

_HEAD = """# Nuages: the specification of a deployable Django project

> Paste this whole page, or what `nuages spec` prints, into your AI assistant when you ask it to
> prepare a project.

You prepare a Django project for deployment with Nuages. Follow this page exactly; a project that
does passes `nuages check --strict`. Codes are those of findings, without their `inspect.`
"""
_STRICT = "Without `--strict` the platform repairs these while the app runs, and warns."


def render_page(specification: Specification) -> str:
    """The whole page."""
    parts = [
        _HEAD,
        _section("Workflow", _numbered(specification.workflow)),
        _section("File layout", _rows((f"`{path}`", use) for path, use in specification.layout)),
        *(_section(topic.title, _listed(topic.points)) for topic in specification.topics),
        _section("Errors that stop a deployment", _rules(specification.errors)),
        _section("What `--strict` asks for", f"{_STRICT}\n\n{_reasons(specification.strict)}"),
        _section(
            "deploy.toml",
            "Optional. Sections and keys, each with an example; an unknown one is an error.\n\n"
            + _keys(specification.keys),
        ),
        _section(
            "Environment variables",
            "The app gets these; config vars win over them, but for those marked !.\n\n"
            + _rows(
                (f"`{one.name}`{'!' if one.reserved else ''}", one.value)
                for one in specification.variables
            )
            + "\n\n"
            + _rows((f"`{place.path}`", place.use) for place in specification.directories),
        ),
        _section("Checklist", _listed(f"[ ] {item}" for item in specification.checklist)),
        _section(
            "A complete example",
            _files(specification.example),
        ),
    ]
    return "\n".join(parts)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}\n"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    return _listed(f"{name}: {text}" for name, text in rows)


def _rules(rules: Iterable[Rule]) -> str:
    """Titles alone: `nuages check` prints the fix, and there is one for few of them beforehand."""
    return "; ".join(map(_called, rules)) + "."


def _reasons(rules: Iterable[Rule]) -> str:
    return _rows((_called(rule), f"{rule.why} *{rule.fix}*") for rule in rules)


def _called(rule: Rule) -> str:
    return f"{rule.code.removeprefix('inspect.')} {rule.title}"


def _keys(keys: Sequence[Key]) -> str:
    lines = []
    for section, listed in groupby(keys, key=lambda key: key.section):
        lines.append(f"[{section}]")
        lines += [f"{key.example}  # {_first_sentence(key.help)}" for key in listed]
    return _fenced("toml", "\n".join(lines))


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


def _files(files: Mapping[str, str]) -> str:
    """Each file with its path; those without content in one line."""
    full = [
        f"`{path}`\n{_fenced(_language(path), text.rstrip())}"
        for path, text in files.items()
        if text
    ]
    empty = ", ".join(f"`{path}`" for path, text in files.items() if not text)
    return "\n\n".join([*full, f"Empty: {empty}"])


def _language(path: str) -> str:
    ending = path.rpartition(".")[2]
    return {"py": "python", "txt": "text"}.get(ending, ending)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"
