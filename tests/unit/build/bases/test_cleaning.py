"""A root says nothing of when and where it was made."""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from pathlib import Path

import pytest

from nuages.build.bases.cleaning import clean_root, is_wanted, without_time


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("dev", True),
        ("dev/null", False),
        ("etc/machine-id", False),
        ("etc/resolv.conf", False),
        ("etc/ssh/ssh_host_rsa_key", False),
        ("etc/ssh/ssh_config", True),
        ("etc/apt/sources.list", False),
        ("etc/passwd", True),
        ("etc/passwd-", False),
        ("var/cache", True),
        ("var/cache/debconf/config.dat", False),
        ("var/log/btmp", False),
        ("var/lib/apt/lists/partial", False),
        ("var/lib/dpkg/status", True),
        ("var/lib/dpkg/status-old", False),
        ("usr/share/doc/bash", True),
        ("usr/share/doc/bash/copyright", True),
        ("usr/share/doc/bash/README", False),
        ("usr/share/man/man1/bash.1.gz", False),
        ("usr/share/zoneinfo/UTC", True),
    ],
)
def test_caches_logs_and_documents_are_left_out(path: str, wanted: bool) -> None:
    assert is_wanted(path) is wanted


def test_bytecode_is_loaded_whatever_time_its_source_has(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/python3.11"
    folder.mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    source = folder / "module.py"
    source.write_text("value = 1\n")
    cached = Path(importlib.util.cache_from_source(str(source)))
    py_compile.compile(str(source), cfile=str(cached))
    before = cached.read_bytes()
    clean_root(tmp_path)
    after = cached.read_bytes()
    assert after == without_time(before) != before
    assert without_time(after) == after
    source.write_text("value = 2  # later\n")
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("module", source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    assert module.value == 1


def test_a_root_has_no_machine_id_and_knows_itself_as_localhost(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("127.0.1.1 builder\n")
    clean_root(tmp_path)
    assert (tmp_path / "etc/machine-id").read_text() == ""
    assert (tmp_path / "etc/hosts").read_text().startswith("127.0.0.1 localhost\n")
