"""A .dockerignore that leaves out of a build what `nuages` leaves out of a source. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from nuages.core.exported import FOLDER, MARK

# As `source.builtin` has it, in Docker's language.
_NEVER = (
    ".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", "*.pyc", "*.pyo", ".venv", "venv",
    ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store", "__MACOSX",
)  # fmt: skip
_SECRETS = (
    ".env", ".env.*", ".env-*", ".env_*", ".envrc", ".envs", ".aws", ".ssh", ".netrc", ".pypirc",
    ".git-credentials", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
)  # fmt: skip
_SHOWN = (".env*.example", ".env*.sample", ".env*.template", ".env*.dist")
_DATABASES = ("db.sqlite3", "db.sqlite3-*")
_OF_DOCKER = ("Dockerfile", ".dockerignore", "docker-compose*.yml", "compose*.yaml")


def render_dockerignore(
    left_out: Iterable[str], gitignore: str, needed: Collection[str] = ()
) -> str:
    """The text of the file: what is never part of a source, the lines of the project's own
    `.gitignore` at the top, the paths that were `left_out`, and at the end what is `needed`
    all the same."""
    parts = [
        ("what is left by work", _anywhere(_NEVER)),
        ("secrets, and databases of one machine", _anywhere((*_SECRETS, *_DATABASES))),
        ("", [f"!{line}" for line in _anywhere(_SHOWN)]),
        ("for building images", list(_OF_DOCKER)),
        (".gitignore", list(_from_gitignore(gitignore))),
    ]
    known = {line.removeprefix("**/") for _, lines in parts for line in lines}
    rest = [path for path in left_out if path.rpartition("/")[2] not in known]
    rest = [path for path in rest if path not in known and not path.startswith(f"{FOLDER}/")]
    parts.append(("left out by `nuages` as well", sorted({*rest} - {FOLDER})))
    parts.append(("what the build takes all the same", [f"!{path}" for path in (FOLDER, *needed)]))
    text = f"{MARK} dockerfile\n"
    for heading, lines in parts:
        if lines:
            text += (f"\n# {heading}\n" if heading else "") + "".join(f"{line}\n" for line in lines)
    return text


def _anywhere(patterns: Iterable[str]) -> list[str]:
    return [f"**/{pattern}" for pattern in patterns]


def _from_gitignore(text: str) -> Iterator[str]:
    """Each line in Docker's language, where patterns without a slash mean the top alone."""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        mark, body = ("!", line[1:]) if line.startswith("!") else ("", line)
        body = body.rstrip("/")
        if body in ("", "*", "**", "."):
            continue
        anchored = "/" in body
        body = body.lstrip("/")
        yield f"{mark}{body}" if anchored else f"{mark}**/{body}"
