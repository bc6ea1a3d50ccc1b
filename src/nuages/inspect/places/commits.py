"""Whether the code asks git for the commit that it is of, as for a version on its pages or for the
release that errors are sent with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nuages.core.facts import NO_COMMIT, Fact
from nuages.inspect.declared.code import ASKS_GIT
from nuages.inspect.evidence import Evidence

# In every file that the expression below finds something in, and found in a tenth of the time.
_WORDS = (b"git", b"setuptools_scm", b"dunamai", b"versioneer")
_COMMANDS = rb"(?:rev-parse|rev-list|describe|log|show|symbolic-ref|branch|tag|status)"
_ASKS = re.compile(
    # Of raven, Sentry's former client; it reads .git/HEAD.
    rb"\bfetch_git_sha\("
    # git itself, by its arguments or as one line.
    rb"|[\"']git[\"'],\s*(?:[\"']-[cC][\"'],[^,]+,\s*)?[\"']" + _COMMANDS + rb"\b"
    rb"|[\"']git (?:-[cC] ?\S+ )?" + _COMMANDS + rb"\b"
    # GitPython.
    rb"|\bgit\.Repo\(|^[ \t]*from git import[^\n]*\bRepo\b"
    rb"|[\"'/]\.git/(?:HEAD|refs|logs)\b|[\"']\.git[\"']\s*[,/]\s*[\"']HEAD\b"
    # Versions that are made of it.
    rb"|^[ \t]*(?:from|import) (?:setuptools_scm|dunamai|versioneer)\b",
    re.MULTILINE,
)
# What is run by hand, if at all: no part of the site.
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|scripts?|bin|tools|benchmarks?|management|site-packages)/"
    r"|(?:^|/)(?:setup|conftest|fabfile|noxfile|tasks|dodo|versioneer|test_\w+)\.py$"
)


def find_commit(evidence: Evidence) -> Fact[str]:
    """The commit that is to be told to the code, and where it asks; empty where it does not."""
    place = next(_asking(evidence), None)
    if place is None:
        return NO_COMMIT
    file, line = place
    source = evidence.tree.source
    known = f"it is told {source.commit}"
    unknown = "none is known of this source, so the beginning of its digest stands in"
    message = f"git is asked for the commit: {known if source.commit else unknown}"
    evidence.remarks.say(ASKS_GIT, message, file, line)
    return Fact(source.revision, f"{file} asks git for it", file=file, line=line)


def _asking(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Each file that asks, and the line; the settings first."""
    tree, settings = evidence.tree, evidence.read.files
    for path in (*settings, *sorted(tree.paths.difference(settings))):
        if not path.endswith(".py") or _ASIDE.search(path):
            continue
        content = tree.read(path)
        if not any(word in content for word in _WORDS):
            continue
        for match in _ASKS.finditer(content):
            before = content[content.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            if not before.lstrip().startswith(b"#"):
                yield path, content.count(b"\n", 0, match.start()) + 1
                break
