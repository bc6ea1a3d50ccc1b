"""The addresses of a site that can be asked, and what came of asking."""

from __future__ import annotations

from dataclasses import dataclass

_NOT_FOUND = 404
# Where it begins may be for those who are signed in.
_SIGNED_IN_ONLY = (401, 403)


@dataclass(frozen=True, slots=True)
class Pages:
    """What the URLconf says: whether it has `/`, the path of a health check (empty: none), and
    the paths at which the site may begin, the likeliest first. As long as nobody has asked it,
    there is `/`."""

    root: bool = True
    health: str = ""
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """A GET of `path` as the proxy would send it: the status of its answer (0: none came), what
    is wrong with it (empty: nothing), and what a web instance has printed where something is."""

    path: str
    status: int
    problem: str = ""
    printed: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing at this address."""
        return self.status == _NOT_FOUND

    @property
    def is_page(self) -> bool:
        """Whether a visitor finds something here."""
        good = 0 < self.status < 400 or self.status in _SIGNED_IN_ONLY
        return good and not self.problem


def find_start(visits: tuple[Visit, ...], pages: Pages) -> str:
    """The path at which a site begins: `/` where something is there, else the first page that
    was found; empty where none was. `visits` are those that were made."""
    made = {visit.path: visit for visit in visits}
    root = made.get("/")
    if root is None or not (root.is_missing or (root.problem and not pages.root)):
        return "/"
    return next((path for path in pages.first if path in made and made[path].is_page), "")
