"""The demo: a platform of its own, every example deployed on it, their addresses, until Ctrl-C.

With --check each page and one static file of each example are asked for, one line per app is
printed, and everything is stopped and removed. Run by script/demo.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.answers import WrongAnswerError, check_site, read_expected
from tools.own_platform import CommandFailedError, Platform

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; the exit code: 0 done, 1 something failed, 130 interrupted before it was up."""
    options = parse(arguments)
    # Also where a shell that started us in the background had Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    platform = Platform.prepare(options.home, options.http_port)
    ok = False
    try:
        ok = show(platform, check=options.check)
    except KeyboardInterrupt:
        say("")
        return 130
    except (CommandFailedError, subprocess.TimeoutExpired) as error:
        say(f"FAILED  {error}")
    finally:
        ok = tidy(platform, keep=options.home is not None) and ok
    return 0 if ok else 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options of script/demo."""
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="ask every example, stop, exit")
    parser.add_argument("--home", type=Path, help="keep the state here (default: temporary)")
    parser.add_argument("--http-port", type=int, help="default: a free one")
    return parser.parse_args(arguments)


def show(platform: Platform, *, check: bool) -> bool:
    """Start, deploy, and either ask everything or wait; whether all was well."""
    say(f"Starting a platform in {platform.home}, port {platform.port} ...")
    platform.start()
    well = [deploy(platform, example, check=check) for example in examples()]
    if check:
        say(f"{sum(well)} of {len(well)} examples answer.")
        return all(well)
    say("")
    say(f"Drive it with:  NUAGES_HOME={platform.home} {platform.program} apps")
    say("Ctrl-C stops everything.")
    wait_for_interrupt()
    return all(well)


def deploy(platform: Platform, example: Path, *, check: bool) -> bool:
    """Deploy one example and say where it answers, or that it does, or why not."""
    name = example.name
    began = time.monotonic()
    try:
        done = platform.read("deploy", str(example), "--app", name)
        took = time.monotonic() - began
        if not check:
            say(f"  {done['url']}  ({name}, deployed in {took:.1f} s)")
            return True
        account = check_site(read_expected(example), done["url"])
    except (CommandFailedError, subprocess.TimeoutExpired, WrongAnswerError, OSError) as error:
        say(f"FAILED  {name}: {error}")
        say(log_of(platform, name))
        return False
    say(f"ok      {name}: deployed in {took:.1f} s, {account} at {done['url']}")
    return True


def log_of(platform: Platform, name: str) -> str:
    """The last lines of an app's log, or why there are none."""
    try:
        return platform.run("logs", name, "-n", "50", seconds=30).stdout or "(its log is empty)"
    except (CommandFailedError, subprocess.TimeoutExpired) as error:
        return f"(no log: {error})"


def examples() -> list[Path]:
    """The folders of examples/ that say what must answer, by name."""
    return sorted(path.parent for path in EXAMPLES.glob("*/test.json"))


def tidy(platform: Platform, *, keep: bool) -> bool:
    """Stop everything and delete a temporary home; False where something was left running."""
    for blocked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(blocked, signal.SIG_IGN)
    say("Stopping ...")
    left = platform.stop()
    for line in left:
        say(f"LEFT    {line}")
    if not keep:
        platform.remove()
    return not left


def wait_for_interrupt() -> None:
    """Return at the first SIGINT or SIGTERM."""
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("")


def say(text: str) -> None:
    """One line, at once, also into a pipe."""
    print(text, flush=True)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
