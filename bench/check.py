"""How long `nuages check` takes, the start of the command included, on generated projects.

    .venv/bin/python bench/check.py

Processor time is printed beside the clock's, since on a busy machine only it tells much.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = "import sys; from nuages.cli.main import main; sys.exit(main())"
SETTINGS = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
MODELS = "import os\nfrom django.db import models\n" + "".join(
    f"\n\nclass Thing{n}(models.Model):\n    name = models.CharField(max_length={n + 1})\n\n"
    f"    def total(self, other):\n        return self.name + str(other) * {n}\n"
    for n in range(25)
)
TIMES = 3


def make_project(folder: Path, files: int, ignored: int) -> None:
    """A project of so many Python files, and as many others below node_modules and .venv."""
    (folder / "shop").mkdir(parents=True)
    (folder / "manage.py").write_text(SETTINGS)
    (folder / "shop/__init__.py").write_text("")
    (folder / "shop/settings.py").write_text(
        "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nROOT_URLCONF = 'shop.urls'\n"
    )
    (folder / "requirements.txt").write_text("Django~=5.2\n")
    for number in range(files):
        place = folder / f"app{number // 20}" / f"module{number % 20}.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text(MODELS)
    (folder / ".venv").mkdir()
    (folder / ".venv/pyvenv.cfg").write_text("version = 3.12\n")
    for number in range(ignored):
        place = folder / ("node_modules", ".venv")[number % 2] / f"p{number // 50}" / f"{number}.js"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x\n")


def measure(folder: Path) -> tuple[float, float]:
    """The best of some runs: seconds by the clock, and of the processor."""
    best = []
    for _ in range(TIMES):
        before, begun = os.times(), time.monotonic()
        subprocess.run(
            [sys.executable, "-c", COMMAND, "check", str(folder)], capture_output=True, check=False
        )
        after = os.times()
        spent = (after.children_user + after.children_system) - (
            before.children_user + before.children_system
        )
        best.append((time.monotonic() - begun, spent))
    return min(clock for clock, _ in best), min(processor for _, processor in best)


def main() -> None:
    """Print a line for each size."""
    print(f"{'Python files':>12} {'ignored':>8} {'clock s':>8} {'processor s':>12}")
    for files, ignored in ((50, 0), (2_000, 0), (50, 20_000)):
        with tempfile.TemporaryDirectory() as folder:
            make_project(Path(folder) / "shop", files, ignored)
            clock, processor = measure(Path(folder) / "shop")
        print(f"{files:>12} {ignored:>8} {clock:>8.2f} {processor:>12.2f}")


if __name__ == "__main__":
    main()
