"""What `nuages export` writes of each example and of small trees, as it was reviewed.

`script/test --update-golden` writes the files anew; the difference is read before it is kept.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nuages.pipeline.check import check_project
from nuages.pipeline.export import compose_files, dockerfile_files
from tests.golden.inspect.test_projects import TREES

HERE = Path(__file__).parent
EXAMPLES = Path(__file__).parents[3] / "examples"
DAY = date(2026, 11, 1)
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/test.json"))
SHAPES = ("front-end", "geodjango", "mysqlclient", "nested", "uv")
RUNTIME = ".nuages/nuages_runtime/"


@pytest.mark.parametrize("name", [*(f"example-{name}" for name in NAMES), *SHAPES])
def test_files_are_as_reviewed(name: str, tmp_path: Path, update_golden: bool) -> None:
    folder = EXAMPLES / name.removeprefix("example-")
    if name in SHAPES:
        folder = tmp_path / "shop"
        for path, text in TREES[name].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    checked = check_project(folder, None, strict=False, scratch=tmp_path / "scratch", today=DAY)
    files = dockerfile_files(checked, uv="0.0.0")
    files |= compose_files(checked, ".", "a-key-of-its-own", builds=True)
    assert f"{RUNTIME}container/prepare.py" in files
    texts = (
        f"==> {path}\n{text.decode()}"
        for path, text in sorted(files.items())
        if not path.startswith(RUNTIME)
    )
    written = "\n".join(texts)
    golden = HERE / f"{name}.txt"
    if update_golden:
        golden.write_text(written)
    assert written == golden.read_text()
