"""The key of a container to which none was given."""

from __future__ import annotations

from pathlib import Path

from nuages_runtime.container.secret_key import kept_key


def test_a_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    key, remark = kept_key(str(tmp_path))
    path = tmp_path / ".secret_key"
    assert len(key) == 50
    assert str(path) in remark
    assert key not in remark
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_key(str(tmp_path)) == (key, "")
    assert [entry.name for entry in tmp_path.iterdir()] == [".secret_key"]


def test_an_empty_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".secret_key").write_text("\n")
    key, _ = kept_key(str(tmp_path))
    assert kept_key(str(tmp_path)) == (key, "")


def test_without_a_volume_the_key_lives_as_long_as_the_process(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    (first, remark), (second, _) = kept_key(missing), kept_key(missing)
    assert first != second
    assert "SECRET_KEY is not set" in remark
    assert first not in remark
