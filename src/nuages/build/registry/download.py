"""One content of a repository comes into the store, taken up where it broke off, and is kept only
when its bytes are those of its digest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus

from nuages.build.oci.blobs import Blobs, BlobWriter
from nuages.build.oci.errors import BLOB_DAMAGED
from nuages.build.registry.errors import BROKEN_OFF, DIGEST_DIFFERS
from nuages.build.registry.exchange.client import Ask, Client
from nuages.build.registry.exchange.patience import Patience
from nuages.build.registry.exchange.transport import Response, Transient
from nuages.core.errors import NuagesError
from nuages.core.oci import Descriptor


def download(
    client: Client, blobs: Blobs, content: Descriptor, report: Callable[[int], None]
) -> None:
    """Have `content` in `blobs`; `report` is told how many bytes there are.

    Raises build.E042 to E058, E050 where the bytes are others.
    """
    if not blobs.has(content):
        with blobs.writer() as writer:
            _fill(client, content, writer, report)
            _finish(client, content, writer)
    report(content.size)


def _fill(
    client: Client, content: Descriptor, writer: BlobWriter, report: Callable[[int], None]
) -> None:
    """Write all of it, over as many connections as it takes."""
    patience, done = Patience(client.access.pause), 0
    while done < content.size:
        try:
            for piece in _pieces(client, content, done):
                done += len(piece)
                if done > content.size:
                    raise _differs(client, content, "more bytes")
                writer.write(piece)
                report(done)
                patience.renew()
        except Transient as failure:
            patience.spend(failure)


def _pieces(client: Client, content: Descriptor, start: int) -> Iterator[bytes]:
    """The bytes from `start` on. A registry that knows no ranges sends all: the first are left."""
    headers = {"Range": f"bytes={start}-"} if start else {}
    with client.open(Ask("GET", f"blobs/{content.digest}", headers)) as response:
        if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise client.failure_of(response)
        at = _first(response)
        for piece in response.pieces():
            if kept := piece[max(start - at, 0) :]:
                yield kept
            at += len(piece)
    if at < content.size:
        message = f"{client.reference.registry} sent {at} bytes of {content.size}"
        raise Transient(NuagesError(BROKEN_OFF, message))


def _first(response: Response) -> int:
    """The place of the first byte of a response."""
    found = re.match(r"bytes (\d{1,18})-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found and response.status == HTTPStatus.PARTIAL_CONTENT else 0


def _finish(client: Client, content: Descriptor, writer: BlobWriter) -> None:
    try:
        writer.finish(expected=content.digest)
    except NuagesError as error:
        if error.code is not BLOB_DAMAGED:
            raise
        raise _differs(client, content, "other bytes") from None


def _differs(client: Client, content: Descriptor, what: str) -> NuagesError:
    message = f"{client.reference.registry} sends {what} as {content.digest} ({content.size} bytes)"
    return NuagesError(DIGEST_DIFFERS, message)
