"""Changes of files as regions and what comes in their place."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.core.finding import Finding, Severity
from nuages.inspect.annotations import to_sarif
from nuages.inspect.edits.changes import Change
from nuages.inspect.edits.replacements import Replacement, replacements_of
from tests.unit.inspect.sarif import replaced

_LINES = st.lists(st.sampled_from(["a", "b", "", "  ü", "\x0cc", "\u2028", "🐍 = 1"]), max_size=8)
_ENDS = st.sampled_from(["\n", "\r\n"])


def described(change: Change, *others: Change) -> dict[str, object]:
    """The result of a finding that makes these changes."""
    finding = Finding("inspect.W011", Severity.WARNING, "said", "do so", change.file)
    log = to_sarif([finding], {}, PurePosixPath("below"), "1", lambda _: (change, *others))
    result: dict[str, object] = log["runs"][0]["results"][0]
    return result


@given(_LINES, _LINES, _ENDS, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_what_is_replaced_is_what_the_edit_makes(old, new, end, odd) -> None:
    mark, one, other = odd
    texts = ((old, one), (new, other))
    before, after = (end.join(lines) + (end if ended and lines else "") for lines, ended in texts)
    first = b"\xef\xbb\xbf" if mark else b""
    change = Change("a b.py", first + before.encode(), first + after.encode())
    result = described(change)
    if before == after:
        assert "fixes" not in result
        return
    ((fix,), found) = result["fixes"], []
    for artifact in fix["artifactChanges"]:
        assert artifact["artifactLocation"] == {"uri": "below/a%20b.py"}
        found += artifact["replacements"]
    assert replaced(change.before or b"", found) == change.after


def test_a_line_in_the_middle_is_replaced_by_itself() -> None:
    change = Change("s.py", b"a\nDEBUG = True\nb\n", b"a\nDEBUG = False\nb\n")
    assert replacements_of(change) == (Replacement((2, 1), (3, 1), "DEBUG = False\n"),)


def test_a_line_at_the_end_of_a_file_comes_before_its_last_line_ending() -> None:
    change = Change("r.txt", b"Django\r\n", b"Django\r\ngunicorn\r\n")
    assert replacements_of(change) == (Replacement((1, 7), (1, 7), "\r\ngunicorn"),)


@pytest.mark.parametrize("before", [None, b"\xff\xfea\0", b"a\rb\n"])
def test_what_others_would_read_otherwise_has_no_fix(before: bytes | None) -> None:
    change = Change("s.py", before, b"other\n")
    assert replacements_of(change) == ()
    whole = Change("t.py", b"a\n", b"b\n")
    assert "fixes" not in described(whole, change)
    assert "fixes" in described(whole)
