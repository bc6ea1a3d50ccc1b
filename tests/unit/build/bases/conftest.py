"""Libraries made by the real linker, and a root that holds some."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Linker = Callable[..., Path]


@pytest.fixture
def link(tmp_path: Path) -> Linker:
    """Makes a shared library at a path, linked with others; `runpath` is where it says they are."""
    count = 0

    def make(target: Path, *needed: Path, soname: str = "", runpath: str = "") -> Path:
        nonlocal count
        count += 1
        source = tmp_path / f"source{count}.c"
        source.write_text(f"int made{count}(void) {{ return {count}; }}\n")
        target.parent.mkdir(parents=True, exist_ok=True)
        words = [f"-Wl,-soname,{soname or target.name}", "-Wl,--no-as-needed", "-nostdlib"]
        if runpath:
            words.append(f"-Wl,--enable-new-dtags,-rpath,{runpath}")
        subprocess.run(
            ["gcc", "-shared", "-fPIC", *words, "-o", target, source, *needed], check=True
        )
        return target

    return make
