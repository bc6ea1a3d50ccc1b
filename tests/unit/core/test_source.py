"""A source as it is once something of it lies elsewhere."""

from __future__ import annotations

from pathlib import Path

from nuages.core.source import Source, SourceFile


def test_a_link_takes_the_place_of_a_folder_and_of_what_lies_in_it() -> None:
    paths = ["data/.gitkeep", "data/a/b", "database.py", "manage.py"]
    files = tuple(SourceFile(path, "x", 1) for path in paths)
    source = Source(Path("/x"), "sha256:x", "folder:x", "x", files)

    linked = source.with_links([("data", "/data/data"), ("z/run", "/data/run")])

    assert [(file.path, file.link) for file in linked.files] == [
        ("data", "/data/data"), ("database.py", ""), ("manage.py", ""), ("z/run", "/data/run"),
    ]  # fmt: skip
