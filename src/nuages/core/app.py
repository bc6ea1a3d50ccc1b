"""Names: an app, an environment of it (`polls@test`), and the host label both give."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nuages.core.errors import EXIT_USAGE, ErrorCode, NuagesError

LIVE = "live"
# Of a label of a host name: RFC 1035.
LABEL_MAX = 63
_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}")

BAD_NAME = ErrorCode(
    "core.E010",
    "Not a name for an app or an environment",
    "Use 1 to 40 lower-case letters, digits and single hyphens, beginning with a letter.",
    "Names become host labels (NAME.localhost), so they follow the rules of RFC 1035 labels.",
    exit_code=EXIT_USAGE,
)


def is_name(text: str) -> bool:
    """Whether `text` can name an app or an environment."""
    return _NAME.fullmatch(text) is not None


def to_name(text: str) -> str:
    """The nearest valid name for a folder or file name; `app` where nothing of it can be kept."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = re.sub(r"^[0-9-]+", "", name)[:40].strip("-")
    return name or "app"


@dataclass(frozen=True, slots=True, order=True)
class EnvironmentName:
    """A place where an app runs: `polls` is `polls@live`."""

    app: str
    environment: str = LIVE

    @classmethod
    def parse(cls, text: str) -> EnvironmentName:
        """`polls` or `polls@test`; raises core.E010."""
        app, _, environment = text.partition("@")
        if not is_name(app) or ("@" in text and not is_name(environment)):
            raise NuagesError(BAD_NAME, f"'{text}' cannot name an app")
        name = cls(app, environment or LIVE)
        if len(name.label) > LABEL_MAX:
            raise NuagesError(
                BAD_NAME,
                f"'{text}' would answer at '{name.label}', which has {len(name.label)} characters",
                hint=f"Choose shorter names: with the hyphen between them, at most {LABEL_MAX}.",
            )
        return name

    @property
    def label(self) -> str:
        """The first label of its default host name, and the name of its folders: `polls-test`."""
        return self.app if self.environment == LIVE else f"{self.app}-{self.environment}"

    def __str__(self) -> str:
        return self.app if self.environment == LIVE else f"{self.app}@{self.environment}"
