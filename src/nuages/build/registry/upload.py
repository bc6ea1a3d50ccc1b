"""One content goes into a repository, unless it is there: taken over from another repository,
sent in chunks that can be taken up where they broke off, or in one piece.

https://specs.opencontainers.org/distribution-spec/#push
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.errors import DIGEST_DIFFERS, NOT_A_REGISTRY
from nuages.build.registry.exchange.client import Ask, Client
from nuages.build.registry.exchange.patience import Patience
from nuages.build.registry.exchange.refusals import Answer
from nuages.build.registry.exchange.transport import Transient
from nuages.build.registry.records import Records
from nuages.core.errors import NuagesError
from nuages.core.oci import Descriptor

_OCTETS = "application/octet-stream"
_UPLOADS = "blobs/uploads/"
# How a registry says that it takes no chunks, or none but the first.
_NO_CHUNKS = (400, 404, 405, 411, 415, 416, 501)
_MOST_SOURCES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where an upload goes on: an address of the registry, and how many bytes it has."""

    address: str
    offset: int = 0


class Feed:
    """The bytes of a content from `offset` on, read once, in parts of any size."""

    def __init__(self, pieces: Iterator[bytes], offset: int) -> None:
        self._pieces = pieces
        self._held = b""
        self.offset = 0
        for _ in self.take(offset):
            pass

    def take(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes, or what is left."""
        while size > 0 and (self._held or self._fill()):
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            self.offset += len(piece)
            yield piece

    def _fill(self) -> bool:
        self._held = next(self._pieces, b"")
        return bool(self._held)


class Upload:
    """`content` of `blobs` on its way into the repository of `client`; `report` is told how many
    bytes are there."""

    def __init__(
        self,
        client: Client,
        records: Records,
        blobs: Blobs,
        content: Descriptor,
        report: Callable[[int], None],
    ) -> None:
        self._client = client
        self._records = records
        self._blobs = blobs
        self._content = content
        self._report = report
        self._repository = client.reference.repository
        self._in_chunks = content.size > client.access.chunk
        self._place: Place | None = None
        self._is_resumed = self._is_refused = False

    def run(self) -> None:
        """Have the content in the repository. Raises build.E042 to E058, E080 and E081."""
        if not self._is_there() and not self._is_mounted():
            if self._in_chunks and not self._place:
                self._place = self._remembered()
            self._send_patiently()
        self._records.note_pushed(self._digest, self._repository)
        self._report(self._content.size)

    @property
    def _digest(self) -> str:
        return self._content.digest

    def _is_there(self) -> bool:
        """HEAD of the content. One of another size is no content of ours."""
        answer = self._client.ask(Ask("HEAD", f"blobs/{self._digest}"), 200, 404)
        size = answer.headers.get("Content-Length", "")
        return answer.status == HTTPStatus.OK and size in ("", str(self._content.size))

    def _is_mounted(self) -> bool:
        """Whether the registry takes the content over from another of its repositories. Where it
        does not, it has begun an upload instead."""
        known = self._records.repositories(self._digest)
        sources = [each for each in known if each != self._repository]
        for source in sources[:_MOST_SOURCES]:
            query = f"mount={quote(self._digest)}&from={quote(source, safe='')}"
            ask = Ask("POST", f"{_UPLOADS}?{query}", {"Content-Length": "0"}, others=(source,))
            try:
                answer = self._client.ask(ask, 201, 202)
            except NuagesError:
                continue  # the other repository may be none of ours any more
            if answer.status == HTTPStatus.CREATED:
                return True
            self._place = self._next_place(answer, 0)
        return False

    def _send_patiently(self) -> None:
        patience, furthest = Patience(self._client.access.pause), 0
        while True:
            try:
                self._place = self._place or self._begun()
                self._send(self._place)
            except Transient as failure:
                if self._place and self._place.offset > furthest:
                    furthest = self._place.offset
                    patience.renew()
                patience.spend(failure)
                if self._is_there():
                    return
                self._place = self._asked(self._place) if self._in_chunks else None
            else:
                return

    def _begun(self) -> Place:
        answer = self._client.ask(Ask("POST", _UPLOADS, {"Content-Length": "0"}), 202)
        least = answer.headers.get("OCI-Chunk-Min-Length", "")
        if re.fullmatch(r"\d{1,18}", least) and int(least) > self._client.access.chunk:
            self._in_chunks = False
        return self._next_place(answer, 0)

    def _send(self, place: Place) -> None:
        """All that the registry has not. Raises Transient where it breaks off."""
        if not self._in_chunks and place.offset == 0:
            self._finish(place, self._whole, self._content.size)
            return
        feed = Feed(self._blobs.chunks(self._content), place.offset)
        while place.offset < self._content.size:
            sent = self._send_chunk(place, feed)
            if sent is None:
                self._in_chunks, self._place = False, self._begun()
                self._send(self._place)
                return
            place = self._place = sent
            self._records.note_upload(self._digest, self._repository, place.address)
            if place.offset != feed.offset:
                feed = Feed(self._blobs.chunks(self._content), place.offset)
        self._finish(place, lambda: iter(()), 0)

    def _send_chunk(self, place: Place, feed: Feed) -> Place | None:
        """The place after one more chunk; None where the registry takes none."""
        size = min(self._client.access.chunk, self._content.size - place.offset)
        headers = {
            "Content-Type": _OCTETS,
            "Content-Length": str(size),
            "Content-Range": f"{place.offset}-{place.offset + size - 1}",
        }
        ask = Ask(
            "PATCH", place.address, headers, lambda: self._told(feed.take(size), place.offset)
        )
        answer = self._client.ask_once(ask, 202, 201, 204, *_NO_CHUNKS)
        if answer.status not in _NO_CHUNKS:
            return self._next_place(answer, place.offset + size)
        if place.offset == 0 or self._is_refused:
            return None
        # It may have other bytes than we know of; it is asked, once.
        self._is_refused = True
        message = f"{self._client.reference.registry} has other bytes of an upload than it was sent"
        raise Transient(NuagesError(DIGEST_DIFFERS, message))

    def _whole(self) -> Iterator[bytes]:
        return self._told(self._blobs.chunks(self._content), 0)

    def _told(self, pieces: Iterator[bytes], done: int) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            done += len(piece)
            self._report(done)

    def _finish(self, place: Place, body: Callable[[], Iterator[bytes]], size: int) -> None:
        """Say that all of it is there, by its digest, which the registry checks."""
        mark = "&" if "?" in place.address else "?"
        url = f"{place.address}{mark}digest={quote(self._digest, safe='')}"
        headers = {"Content-Type": _OCTETS, "Content-Length": str(size)}
        ask = Ask("PUT", url, headers, body if size else b"")
        answer = self._client.ask_once(ask, 201, 204, 400, 404)
        if answer.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            check_digest(answer, self._digest)
            return
        # What was taken up may not be what another process began; from the start it is.
        self._records.note_upload(self._digest, self._repository, "")
        refused = self._client.failure(answer)
        if isinstance(refused, NuagesError) and self._is_resumed:
            self._place, self._is_resumed = None, False
            raise Transient(refused, after=0)
        raise refused

    def _remembered(self) -> Place | None:
        """Where an upload goes on that another process began."""
        address = self._records.upload(self._digest, self._repository)
        return self._asked(Place(address)) if address else None

    def _asked(self, place: Place | None) -> Place | None:
        """Where the registry says that an upload goes on; None where it knows it no more."""
        if place is None:
            return None
        try:
            answer = self._client.ask(Ask("GET", place.address), 204, 202, 200)
        except NuagesError:
            self._records.note_upload(self._digest, self._repository, "")
            return None
        found = self._next_place(answer, 0, otherwise=place.address)
        self._is_resumed = found.offset > 0
        return found if found.offset <= self._content.size else None

    def _next_place(self, answer: Answer, offset: int, otherwise: str = "") -> Place:
        """The place that an answer names. Of how much the registry has, its own word wins over
        `offset`, which is what it was sent."""
        location = answer.headers.get("Location", "") or otherwise
        if not location:
            message = f"{self._client.reference.registry} does not say where an upload goes on"
            raise NuagesError(NOT_A_REGISTRY, message)
        kept = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", answer.headers.get("Range", ""))
        # `0-0` is what the reference implementation says of nothing.
        if kept and answer.status != HTTPStatus.CREATED:
            offset = int(kept[1]) + 1 if int(kept[1]) else 0
        return Place(self._client.resolved(answer.url, location), offset)


def check_digest(answer: Answer, digest: str) -> None:
    """Raises build.E050 where a registry names what it has stored by another digest."""
    stored = answer.headers.get("Docker-Content-Digest", digest)
    if stored != digest:
        message = f"{answer.url} was sent {digest} and says that it has stored {stored[:100]}"
        raise NuagesError(DIGEST_DIFFERS, message)
