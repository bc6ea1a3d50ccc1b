"""What is remembered of a registry between pushes: which repositories have which content, and
uploads that were begun. A hint only: a registry that knows better is believed."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nuages.system.files import write_atomic

# So many digests, and so many repositories of each; the oldest are forgotten.
_DIGESTS, _REPOSITORIES = 2000, 4


class Records:
    """What is known of `registry`, in a file of its own below `folder` (None: nothing is kept)."""

    def __init__(self, folder: Path | None, registry: str) -> None:
        self._file = folder and folder / f"{quote(registry, safe='')}.json"
        self._lock = threading.Lock()
        known = self._read()
        self._pushed = _lists(known.get("pushed"))
        self._uploads = _texts(known.get("uploads"))

    def repositories(self, digest: str) -> tuple[str, ...]:
        """Those that have had the content, the latest first."""
        return tuple(reversed(self._pushed.get(digest, [])))

    def note_pushed(self, digest: str, repository: str) -> None:
        """The content is in the repository."""
        with self._lock:
            known = self._pushed.pop(digest, [])
            if known[-1:] == [repository] and not self.upload(digest, repository):
                self._pushed[digest] = known
                return
            others = [each for each in known if each != repository]
            self._pushed[digest] = [*others, repository][-_REPOSITORIES:]
            while len(self._pushed) > _DIGESTS:
                del self._pushed[next(iter(self._pushed))]
            self._uploads.pop(f"{repository}@{digest}", None)
            self._save()

    def upload(self, digest: str, repository: str) -> str:
        """The address at which an upload that was begun goes on; empty for none."""
        return self._uploads.get(f"{repository}@{digest}", "")

    def note_upload(self, digest: str, repository: str, address: str) -> None:
        """An upload goes on at `address`; empty: it does not."""
        with self._lock:
            if address:
                self._uploads[f"{repository}@{digest}"] = address
            else:
                self._uploads.pop(f"{repository}@{digest}", None)
            self._save()

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self._file.read_bytes()) if self._file else None
        except (OSError, ValueError):
            document = None
        return document if isinstance(document, dict) else {}

    def _save(self) -> None:
        """Addresses of uploads may let in whoever has them: nobody else reads the file."""
        if self._file is None:
            return
        document = {"pushed": self._pushed, "uploads": self._uploads}
        with contextlib.suppress(OSError):  # what is not remembered costs a little time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, json.dumps(document, indent=1), 0o600)


def _lists(value: object) -> dict[str, list[str]]:
    items = value.items() if isinstance(value, dict) else ()
    return {
        str(key): [each for each in known if isinstance(each, str)]
        for key, known in items
        if isinstance(known, list)
    }


def _texts(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {str(key): text for key, text in items if isinstance(text, str)}
