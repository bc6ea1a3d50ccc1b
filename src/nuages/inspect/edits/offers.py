"""Findings get the edits that would mend them, where a program can make them safely.

An edit is decided here from what was read; `nuages fix` performs it. One that would leave the
project with a new problem (an import that no dependency brings) is not offered.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from nuages.core.facts import Facts
from nuages.core.finding import Edit, EditKind, Finding
from nuages.inspect.declared import layout, packages
from nuages.inspect.declared import settings as declared
from nuages.inspect.edits.entry_points import MANAGE, WSGI
from nuages.inspect.edits.requirement_offers import offer_all, offer_module, offer_requirement
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.settings import Assigned
from nuages.inspect.tree import Tree, join

HOSTS = 'os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")'
KEY = 'os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)'
DEBUG = 'os.environ.get("DJANGO_DEBUG", "False") == "True"'
MEDIA = '"/data/media" if os.path.isdir("/data") else {value}'
DATABASE = 'dj_database_url.config(conn_max_age=600) if os.environ.get("DATABASE_URL") else {value}'
SECURITY = "django.middleware.security.SecurityMiddleware"
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"


def offer_edits(
    findings: Iterable[Finding], evidence: Evidence, facts: Facts
) -> tuple[Finding, ...]:
    """The findings, each with the edits that would mend it."""
    offers = _Offers(evidence, facts)
    return tuple(replace(each, edits=offers.edits(each)) for each in findings)


class _Offers:
    """What could be written into one project."""

    def __init__(self, evidence: Evidence, facts: Facts) -> None:
        self.evidence = evidence
        self.facts = facts

    def edits(self, finding: Finding) -> tuple[Edit, ...]:
        """The edits that mend a finding; none where that takes a person."""
        offer = OFFERS.get(finding.code)
        return tuple(offer(self, finding)) if offer else ()

    def secret_key(self, finding: Finding) -> list[Edit]:
        return self._assign("SECRET_KEY", finding, KEY)

    def debug(self, finding: Finding) -> list[Edit]:
        return self._assign("DEBUG", finding, DEBUG)

    def hosts(self, finding: Finding) -> list[Edit]:
        return self._set("ALLOWED_HOSTS", finding, HOSTS, after="DEBUG")

    def media(self, finding: Finding) -> list[Edit]:
        return self._assign("MEDIA_ROOT", finding, MEDIA)

    def static_root(self, finding: Finding) -> list[Edit]:
        file = finding.file
        text = _below(self.evidence.tree, self.evidence.root, file, "staticfiles")
        return self._set("STATIC_ROOT", finding, text, after="STATIC_URL")

    def database(self, finding: Finding) -> list[Edit]:
        """The present database where DATABASE_URL is not set."""
        assigned = self._statement("DATABASES", finding)
        needed = self.requirement("dj-database-url")
        if assigned is None or needed is None or not _has_default(assigned.node):
            return []
        text = _quoted(self.evidence.tree, finding.file, DATABASE)
        kind = EditKind.ASSIGN_DEFAULT
        return [Edit(kind, finding.file, text, "DATABASES", finding.line), *needed]

    def gunicorn(self, _finding: Finding) -> list[Edit]:
        return self.requirement("gunicorn") or []

    def dj_database_url(self, _finding: Finding) -> list[Edit]:
        return self.requirement("dj-database-url") or []

    def whitenoise(self, _finding: Finding) -> list[Edit]:
        """The package, and its middleware where the list of them can be written into."""
        needed = self.requirement("whitenoise")
        return [] if needed is None else [*needed, *self._middleware()]

    def module(self, finding: Finding) -> list[Edit]:
        return offer_module(self.evidence, finding)

    def no_dependencies(self, _finding: Finding) -> list[Edit]:
        created = offer_all(self.evidence)
        return [*created, *self._middleware()] if created else []

    def wsgi(self, _finding: Finding) -> list[Edit]:
        package = self.facts.settings.value.rpartition(".")[0].partition(".")[0]
        return self._create(join(join(self.evidence.root, package), "wsgi.py"), WSGI)

    def manage(self, _finding: Finding) -> list[Edit]:
        """At the top alone: elsewhere its place is the next thing to be said."""
        return self._create("manage.py", MANAGE) if self.evidence.root == "." else []

    def requirement(self, name: str) -> list[Edit] | None:
        """The line that brings a distribution: none where it comes already, None where no line
        can be written."""
        return offer_requirement(self.evidence, name, old=self._old())

    def _old(self) -> bool:
        findings = self.evidence.remarks.findings
        return any(each.code == packages.OLD_DJANGO.code for each in findings)

    def _create(self, path: str, text: str) -> list[Edit]:
        settings, tree = self.facts.settings.value, self.evidence.tree
        one_file = self.evidence.layout.one_file or self.facts.configuration.value
        if not settings or one_file or tree.has(path) or not tree.module(settings, self._root()):
            return []
        return [Edit(EditKind.CREATE, path, text.replace("{settings}", settings))]

    def _root(self) -> str:
        return self.evidence.root

    def _assign(self, name: str, finding: Finding, text: str) -> list[Edit]:
        if self._statement(name, finding) is None:
            return []
        text = _quoted(self.evidence.tree, finding.file, text)
        return [Edit(EditKind.ASSIGN, finding.file, text, name, finding.line)]

    def _set(self, name: str, finding: Finding, text: str, after: str) -> list[Edit]:
        """Another value where the setting is assigned, a new assignment where it is not."""
        if name in self.evidence.read.assigned:
            return self._assign(name, finding, text)
        plain = not self.evidence.layout.one_file and not self.facts.configuration.value
        if not plain or not _can_write(self.evidence.tree, finding.file):
            return []
        text = _quoted(self.evidence.tree, finding.file, text)
        return [Edit(EditKind.ADD, finding.file, text, name, after=after)]

    def _statement(self, name: str, finding: Finding) -> Assigned | None:
        """The setting, if the finding's line is the statement that assigns it."""
        assigned = self.evidence.read.assigned.get(name)
        if assigned is None or (assigned.file, assigned.line) != (finding.file, finding.line):
            return None
        if not _can_write(self.evidence.tree, assigned.file):
            return None
        module = self.evidence.tree.parse(assigned.file) or ast.Module([], [])
        statements = [node for node in ast.walk(module) if _assigns(node, name, assigned)]
        return assigned if statements else None

    def _middleware(self) -> list[Edit]:
        assigned = self.evidence.read.assigned.get("MIDDLEWARE")
        if assigned is None or assigned.sometimes or not isinstance(assigned.node, ast.List):
            return []
        entries = {each.value for each in assigned.node.elts if isinstance(each, ast.Constant)}
        writable = _can_write(self.evidence.tree, assigned.file)
        if WHITENOISE in entries or SECURITY not in entries or not writable:
            return []
        kind = EditKind.LIST
        return [Edit(kind, assigned.file, WHITENOISE, "MIDDLEWARE", assigned.line, SECURITY)]


OFFERS: dict[str, Callable[[_Offers, Finding], list[Edit]]] = {
    declared.SECRET_KEY.code: _Offers.secret_key,
    declared.DEBUG.code: _Offers.debug,
    declared.ALLOWED_HOSTS.code: _Offers.hosts,
    declared.ANY_HOST.code: _Offers.hosts,
    declared.MEDIA.code: _Offers.media,
    declared.STATIC_ROOT.code: _Offers.static_root,
    declared.SQLITE.code: _Offers.database,
    packages.GUNICORN.code: _Offers.gunicorn,
    packages.DJ_DATABASE_URL.code: _Offers.dj_database_url,
    packages.WHITENOISE.code: _Offers.whitenoise,
    packages.MODULE_NOT_FOUND.code: _Offers.module,
    packages.NO_DEPENDENCIES.code: _Offers.no_dependencies,
    layout.NO_WSGI.code: _Offers.wsgi,
    layout.NO_MANAGE.code: _Offers.manage,
}


def _can_write(tree: Tree, path: str) -> bool:
    """Whether `path` is a file of the project itself, no link, and Python can read it."""
    made = {place for _, place in tree.copies}
    is_own = tree.has(path) and tree.behind(path) == path and path not in made
    return is_own and tree.parse(path) is not None


def _assigns(node: ast.AST, name: str, assigned: Assigned) -> bool:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    here = node.lineno == assigned.line and node.value is assigned.node
    return here and any(isinstance(each, ast.Name) and each.id == name for each in targets)


def _has_default(node: ast.expr) -> bool:
    """Whether a dictionary has an entry "default" that is a dictionary itself."""
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "default" and isinstance(value, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
    )


def _below(tree: Tree, root: str, file: str, folder: str) -> str:
    """An expression for a folder of the project, written as the file writes its paths."""
    text = tree.text(file)
    if re.search(rf"[\"'/]{folder}[\"'/]", text):
        folder = f"collected_{folder}"
    base = re.search(r"^BASE_DIR\s*=\s*(.+)", text, re.MULTILINE)
    if base and "os.path" in base[1]:
        return f'os.path.join(BASE_DIR, "{folder}")'
    if base and base[1].startswith(("Path(", "pathlib.Path(")):
        return f'BASE_DIR / "{folder}"'
    above = file.count("/") - (0 if root == "." else root.count("/") + 1)
    return f'Path(__file__).resolve().parents[{above}] / "{folder}"'


def _quoted(tree: Tree, file: str, text: str) -> str:
    """With the quotes that the file has more of."""
    written = tree.text(file)
    single = written.count("'") > written.count('"')
    return text.replace('"', "'") if single else text
