"""A recipe becomes a root, by mmdebstrap: one that fails says what to install, set or write."""

from __future__ import annotations

import difflib
import getpass
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from nuages.build.bases.cleaning import clean_root, is_wanted
from nuages.build.bases.errors import (
    BASE_FAILED,
    MIRROR_UNREACHABLE,
    NO_KEYRING,
    NO_MMDEBSTRAP,
    NO_NAMESPACES,
    NO_PACKAGE,
)
from nuages.build.bases.names import BaseName, host_base, parse_base
from nuages.build.bases.recipe import (
    KEY_SUITE,
    KEYRINGS,
    MERGED,
    MIRRORS,
    Recipe,
    host_sources,
    keyring_argv,
    keyring_package,
    mirror_sources,
    mmdebstrap_argv,
)
from nuages.build.bases.trees.merge import merge_usr
from nuages.build.bases.trees.unpack import Unpacker
from nuages.build.errors import DISK_FULL
from nuages.core.errors import NuagesError
from nuages.core.system_packages import NAME
from nuages.system.command import Command, Completed, Runner
from nuages.system.files import remove_tree

# In seconds: half a minute on a quick line.
_LONGEST = 1800.0
_TARGETS = (
    "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
    "Created-By: Packages",
)  # fmt: skip
_ABSENT = re.compile(
    r"Unable to locate package (\S+)|Package '?(\S+?)'? has no installation candidate"
    r"|Couldn't find any package by (?:glob|regex) '(\S+)'"
)
_UNREACHABLE = (
    "Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect",
    "Failed to fetch", "Cannot initiate the connection", "Connection timed out",
    "does not have a Release file", "Connection failed",
)  # fmt: skip
_UNSIGNED = ("NO_PUBKEY", "is not signed", "EXPKEYSIG", "were invalid", "At least one invalid")
_SHOWN_LINES = 20
_DEBIAN = parse_base(KEY_SUITE)


def make_root(recipe: Recipe, target: Path, runner: Runner, report: Callable[[str], None]) -> None:
    """Make the recipe's root at `target`, a folder that is not there yet; each step is told to
    `report`.

    Raises build.E061 to E066: what is missing on this machine, a mirror that cannot be reached, a
    package that does not exist, or mmdebstrap's own last lines.
    """
    for name in recipe.packages:
        if not NAME.fullmatch(name):
            raise _no_package(name, recipe, runner)
    mode = _mode()
    target.mkdir(parents=True)
    scratch = _scratch(target)
    try:
        ready = _with_keyring(recipe, mode, scratch, runner, report)
        tar = target.with_name(f"{target.name}.tar")
        hooks = (MERGED,) if Path(MERGED).is_dir() else ()
        argv = mmdebstrap_argv(ready, mode, tar, hooks)
        more = f" with {', '.join(recipe.packages)}" if recipe.packages else ""
        report(f"Making {recipe.name.name}{more} from its packages; this takes a minute")
        _run(ready, argv, _temporary(mode, scratch), runner)
        report(f"Unpacking {recipe.name.name}")
        _unpack(tar, target, recipe.name.name, is_wanted)
        merge_usr(target)
        clean_root(target)
    finally:
        _sweep(scratch)


def with_sources(recipe: Recipe, environment: Mapping[str, str], runner: Runner) -> Recipe:
    """The recipe with where its packages come from, and the keys of Ubuntu."""
    return replace(
        recipe,
        sources=find_sources(recipe.name, environment, runner),
        key_sources=find_sources(_DEBIAN, environment, runner),
    )


def find_sources(name: BaseName, environment: Mapping[str, str], runner: Runner) -> tuple[str, ...]:
    """The lines of apt's sources for a distribution: of the mirror that a variable names, else
    this machine's own where it has the same; empty for those that mmdebstrap knows."""
    mirror = environment.get(MIRRORS[name.distribution], "").strip()
    if mirror:
        return mirror_sources(name, mirror)
    try:
        listed = runner.run(Command(_TARGETS, env=_environment(None), timeout=60))
    except (FileNotFoundError, TimeoutError):
        return ()
    return host_sources(name, listed.stdout) if listed.code == 0 else ()


def lacks_for_unshare(user: str, subuid: str, subgid: str, *, mapper: bool) -> str:
    """What an ordinary user lacks to make a root, as a command for root; empty for nothing.
    `subuid` and `subgid` are the texts of these files of /etc."""
    if not mapper:
        return "As root: apt-get install --no-install-recommends uidmap"
    given = [any(line.startswith(f"{user}:") for line in text.split()) for text in (subuid, subgid)]
    if all(given):
        return ""
    return f"As root: usermod --add-subuids 200000-265535 --add-subgids 200000-265535 {user}"


def _mode() -> str:
    if os.geteuid() == 0:
        return "root"
    user = getpass.getuser()
    mapper = shutil.which("newuidmap") is not None
    lacking = lacks_for_unshare(user, _text("/etc/subuid"), _text("/etc/subgid"), mapper=mapper)
    if lacking:
        raise NuagesError(NO_NAMESPACES, f"The user {user} cannot make a base", hint=lacking)
    return "unshare"


def _run(recipe: Recipe, argv: tuple[str, ...], scratch: Path | None, runner: Runner) -> None:
    try:
        done = runner.run(Command(argv, env=_environment(scratch), timeout=_LONGEST))
    except FileNotFoundError as error:
        message = f"{recipe.name.name} is made with {error.filename}, which is not installed"
        raise NuagesError(NO_MMDEBSTRAP, message) from None
    except TimeoutError:
        message = f"{recipe.name.name} was not made within {_LONGEST / 60:.0f} minutes"
        raise NuagesError(BASE_FAILED, message) from None
    if done.code != 0:
        raise _explain(recipe, done, runner)


def _unpack(tar: Path, target: Path, name: str, keep: Callable[[str], bool]) -> None:
    unpacker = Unpacker(target, keep=keep)
    with tar.open("rb") as stream:
        unpacker.lay(stream, name)
    unpacker.finish()
    tar.unlink()


def _with_keyring(
    recipe: Recipe, mode: str, scratch: Path, runner: Runner, report: Callable[[str], None]
) -> Recipe:
    """The recipe with keys that are there: this machine's own, or those of Ubuntu from a package
    of Debian, whose keys vouch for them."""
    if recipe.keyring.is_file():
        return recipe
    if recipe.name.distribution == "ubuntu" and replace(recipe, name=_DEBIAN).keyring.is_file():
        report("Fetching the keys of Ubuntu from Debian")
        tar, keys = scratch / "keys.tar", scratch / "keys"
        argv = keyring_argv(recipe, mode, tar)
        _run(replace(recipe, name=_DEBIAN), argv, _temporary(mode, scratch), runner)
        _unpack(tar, keys, "The package with the keys of Ubuntu", lambda _: True)
        found = replace(recipe, keyrings=keys / KEYRINGS.relative_to("/"))
        if found.keyring.is_file():
            return found
    host = host_base(_text("/etc/os-release"))
    package = keyring_package(recipe.name.distribution, host.distribution if host else "")
    message = f"The keys of {recipe.name.name} are not at {recipe.keyring}"
    hint = f"As root: apt-get install --no-install-recommends {package}"
    raise NuagesError(NO_KEYRING, message, hint=hint)


def _temporary(mode: str, scratch: Path) -> Path | None:
    """Where mmdebstrap works; as an ordinary user it has a place that its other ids may enter."""
    return scratch if mode == "root" else None


def _explain(recipe: Recipe, done: Completed, runner: Runner) -> NuagesError:
    said = done.stderr
    if "failed to execute mmdebstrap" in said:
        message = f"{recipe.name.name} is made with mmdebstrap, which is not installed"
        return NuagesError(NO_MMDEBSTRAP, message)
    lines = [line for line in said.split("\n") if line.strip()]
    details = "\n".join(lines[-_SHOWN_LINES:])
    absent = _ABSENT.search(said)
    if absent:
        return _no_package(next(filter(None, absent.groups())), recipe, runner)
    if "No space left on device" in said:
        return NuagesError(DISK_FULL, f"{recipe.name.name} does not fit on the disk")
    if any(sign in said for sign in _UNSIGNED):
        message = f"The lists of {recipe.name.name} are not signed by a key in {recipe.keyring}"
        return NuagesError(NO_KEYRING, message, details=details)
    if any(sign in said for sign in _UNREACHABLE):
        message = f"The packages of {recipe.name.name} cannot be reached"
        variable = MIRRORS[recipe.name.distribution]
        hint = f"Check the network, or name a mirror that can be reached: {variable}=http://…"
        return NuagesError(MIRROR_UNREACHABLE, message, details=details, hint=hint)
    message = f"mmdebstrap ended with code {done.code} while it made {recipe.name.name}"
    return NuagesError(BASE_FAILED, message, details=details)


def _no_package(name: str, recipe: Recipe, runner: Runner) -> NuagesError:
    """The error of a package that there is not, with the nearest names that this machine knows."""
    message = f"{recipe.name.name} has no package '{name}'"
    known: list[str] = []
    # What this machine's lists have is no proof for another distribution, but a good guess.
    with suppress(FileNotFoundError, TimeoutError):
        if NAME.fullmatch(name):
            argv = ("apt-cache", "pkgnames", name[:3])
            listed = runner.run(Command(argv, env=_environment(None), timeout=30))
            known = listed.stdout.split()
    near = difflib.get_close_matches(name, known, 3, 0.7)
    hint = f"Did you mean {' or '.join(near)}? {NO_PACKAGE.hint}" if near else None
    return NuagesError(NO_PACKAGE, message, hint=hint)


def _environment(scratch: Path | None) -> dict[str, str]:
    """What mmdebstrap and apt are told of us: our proxy, and that all times are one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() in ("http_proxy", "https_proxy", "no_proxy")
    }
    return {
        **kept,
        **({"TMPDIR": str(scratch)} if scratch else {}),
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": "0",
        "DEBIAN_FRONTEND": "noninteractive",
    }


def _scratch(target: Path) -> Path:
    """Where mmdebstrap works: a folder that apt's own user may enter, as it may not enter a
    store. That of one that was killed is removed."""
    digest = hashlib.sha256(os.fsencode(target.absolute())).hexdigest()[:16]
    made = Path(tempfile.mkdtemp(prefix=f"nuages-base-{digest}."))
    _sweep(made, but=made)
    made.chmod(0o755)
    return made


def _sweep(scratch: Path, but: Path | None = None) -> None:
    """Remove a folder to work in, and others for the same target: nobody else makes it now. What
    has something mounted in it is left as it is."""
    mounted = _text("/proc/self/mounts")
    for left in scratch.parent.glob(f"{scratch.name.partition('.')[0]}.*"):
        with suppress(OSError):
            own = left.lstat().st_uid == os.geteuid() and not left.is_symlink()
            if left != but and own and f" {left}/" not in mounted:
                remove_tree(left)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
