"""Tests of the shortening of tracebacks."""

from __future__ import annotations

from nuages.core.tracebacks import shorten

OWN = """\
before
Traceback (most recent call last):
  File "/nuages/nuages_runtime/probe.py", line 24, in main
    _look(found)
  File "/venv/lib/python3.12/site-packages/django/conf/__init__.py", line 81, in __getattr__
    self._setup(name)
    ^^^^^^^^^^^
  File "/app/mysite/settings.py", line 126, in <module>
    STRIPE = os.environ["STRIPE_KEY"]
             ~~~~~~~~~~^^^^^^^^^^^^^^
  File "<frozen os>", line 685, in __getitem__
KeyError: 'STRIPE_KEY'
after"""

PACKAGE = """\
Traceback (most recent call last):
  File "/nuages/nuages_runtime/probe.py", line 24, in main
    _look(found)
  File "/venv/lib/python3.12/site-packages/django/apps/config.py", line 193, in create
    import_module(entry)
  File "<frozen importlib._bootstrap>", line 1324, in _find_and_load_unlocked
ModuleNotFoundError: No module named 'rest_framework'"""


def test_only_the_frames_of_the_project_stay() -> None:
    assert shorten(OWN).splitlines() == [
        "before",
        "Traceback (most recent call last):",
        '  File "/app/mysite/settings.py", line 126, in <module>',
        '    STRIPE = os.environ["STRIPE_KEY"]',
        "             ~~~~~~~~~~^^^^^^^^^^^^^^",
        "KeyError: 'STRIPE_KEY'",
        "after",
    ]


def test_without_a_frame_of_the_project_the_last_one_of_a_package_stays() -> None:
    assert shorten(PACKAGE).splitlines() == [
        "Traceback (most recent call last):",
        '  File "/venv/lib/python3.12/site-packages/django/apps/config.py", line 193, in create',
        "    import_module(entry)",
        "ModuleNotFoundError: No module named 'rest_framework'",
    ]


def test_a_traceback_of_ours_alone_is_only_what_was_raised() -> None:
    ours = PACKAGE.replace("/venv/lib/python3.12", "/nuages")

    assert shorten(ours) == "ModuleNotFoundError: No module named 'rest_framework'"


def test_an_indented_traceback_is_shortened_too() -> None:
    indented = "\n".join(f"    {line}" for line in OWN.splitlines())

    assert "nuages_runtime" not in shorten(indented)
    assert '      File "/app/mysite/settings.py", line 126' in shorten(indented)


def test_text_without_a_traceback_stays_as_it_is() -> None:
    assert shorten("  File is here\n\n  and there") == "  File is here\n\n  and there"
