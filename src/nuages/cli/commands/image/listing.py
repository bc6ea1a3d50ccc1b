"""images: what the store holds, and what of it is shared."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from nuages.build.oci.inventory import sizes_of
from nuages.build.retention import clean_store
from nuages.build.store import ImageStore
from nuages.cli.home import choose_home
from nuages.cli.options import command, home_option, json_option
from nuages.cli.output import say, write_json, write_table
from nuages.core.home import Home

_SHOWN = 12


@command("nuages images", "nuages images --prune")
@click.option(
    "--prune",
    is_flag=True,
    help="Forget what `nuages build` has made; the images of releases stay.",
)
@home_option
@json_option
def images(prune: bool, home: Path | None, as_json: bool) -> None:
    """List the images in the store.

    OWN is what an image alone needs: so much goes with it. SHARED are layers that others have too.
    Sizes are those of compressed layers.
    """
    chosen = choose_home(home).home
    store = ImageStore(chosen)
    if prune:
        _prune(chosen, store)
    rows = _rows(store)
    if as_json:
        write_json(rows)
        return
    columns = {
        "IMAGE": "short",
        "PROJECT": "project",
        "CREATED": "created",
        "SIZE": "size",
        "OWN": "own",
        "SHARED": "shared",
        "KEPT FOR": "kept_for",
    }
    write_table(columns, [{**row, **_for_people(row)} for row in rows])


def _prune(home: Home, store: ImageStore) -> None:
    store.forget_latest()
    if home.database.exists():
        say("Images that no release needs go with the next deployment.")
    elif not clean_store(home, ()):
        say("A build is under way: what nothing needs goes with the next --prune.")


def _rows(store: ImageStore) -> list[dict[str, Any]]:
    found = [image for digest in store.digests() if (image := store.describe(digest))]
    kept = store.kept()
    rows = []
    for image, sizes in zip(found, sizes_of(found), strict=True):
        made = store.path(image.digest).stat().st_mtime
        rows.append(
            {
                "id": image.digest,
                "project": image.source_name,
                "created": datetime.fromtimestamp(made, UTC).isoformat(timespec="seconds"),
                "status": "complete" if store.find(image.digest) else "damaged",
                "size": sizes.all,
                "own": sizes.own,
                "shared": sizes.shared,
                "kept_for": "build" if image.digest in kept else "releases",
            }
        )
    return sorted(rows, key=lambda row: str(row["created"]), reverse=True)


def _for_people(row: dict[str, Any]) -> dict[str, str]:
    sizes = {name: f"{row[name] / 1e6:.1f} MB" for name in ("size", "own", "shared")}
    short = str(row["id"]).removeprefix("sha256:")[:_SHOWN]
    return {**sizes, "short": short, "created": str(row["created"])[:16].replace("T", " ")}
