"""A front end becomes the commands that build it, and what to try where one fails. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nuages.core.facts import FrontEnd

# A folder of the build's own: programs that are installed for it alone.
TOOLS = "/run/nuages/tools"
# What is installed of a manager that Node.js does not bring along; Yarn's later generations are
# published under another name, and its first one ends here.
_PACKAGES: Mapping[str, tuple[str, str]] = {
    "pnpm": ("pnpm", "9"),
    "yarn": ("yarn", "1.22.22"),
    "berry": ("@yarnpkg/cli-dist", "4"),
    "bun": ("bun", "1"),
}
_PROGRAMS = {"berry": "yarn"}
# By manager: the arguments of every installation, the one where there is a lock file, and the one
# where there is none (with CI set, Yarn takes it that there is one).
_INSTALL: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "pnpm": (("install", "--prod=false"), "--frozen-lockfile", "--no-frozen-lockfile"),
    "yarn": (
        ("install", "--non-interactive", "--ignore-engines", "--production=false"),
        "--frozen-lockfile",
        "",
    ),
    "berry": (("install",), "--immutable", "--no-immutable"),
    "bun": (("install",), "--frozen-lockfile", ""),
}
# Kept from downloading browsers and from looking for a repository: a build needs neither.
QUIET: Mapping[str, str] = {
    "CYPRESS_INSTALL_BINARY": "0",
    "PUPPETEER_SKIP_DOWNLOAD": "1",
    "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
    "SENTRYCLI_SKIP_DOWNLOAD": "1",
    "HUSKY": "0",
    "ADBLOCK": "1",
    "DISABLE_OPENCOLLECTIVE": "1",
    "YARN_ENABLE_TELEMETRY": "0",
    "YARN_ENABLE_GLOBAL_CACHE": "0",
    "NEXT_TELEMETRY_DISABLED": "1",
    "BROWSERSLIST_IGNORE_OLD_DATA": "1",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "npm_config_engine_strict": "false",
    "npm_config_manage_package_manager_versions": "false",
}


@dataclass(frozen=True, slots=True)
class FrontEndStep:
    """A command to run in `folder`. `shared_cache` lets it write to the cache that all apps
    share: only where no code of a project or of a package is run. A failure of an `optional`
    one is said, and the next is tried all the same."""

    argv: tuple[str, ...]
    folder: str
    env: Mapping[str, str] = field(default_factory=dict)
    shared_cache: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is done once where the output of a failed command shows `sign`: other arguments in
    place of some, other variables. `words` tell the user."""

    sign: re.Pattern[str]
    words: str
    env: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)

    def applied(self, step: FrontEndStep) -> FrontEndStep:
        """The step to run in its place."""
        argv = (self.instead.get(word, word) for word in step.argv)
        env = {**step.env, **self.env}
        return replace(step, argv=tuple(word for word in argv if word), env=env)


_REMEDIES = (
    Remedy(
        re.compile(r"ERR_OSSL_EVP_UNSUPPORTED|digital envelope routines"),
        "It is written for a Node.js before 17: built with NODE_OPTIONS=--openssl-legacy-provider",
        env={"NODE_OPTIONS": "--openssl-legacy-provider"},
    ),
    Remedy(
        re.compile(r"Treating warnings as errors because process\.env\.CI"),
        "Its warnings are no errors here: built with CI=false",
        env={"CI": "false"},
    ),
    Remedy(
        re.compile(r"\bERESOLVE\b"),
        "Its packages contradict one another: installed with --legacy-peer-deps",
        env={"npm_config_legacy_peer_deps": "true"},
    ),
    Remedy(
        re.compile(
            r"are in sync|npm error code EUSAGE|npm ERR! code EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE|"
            r"ERR_PNPM_LOCKFILE|lockfile needs to be updated|lockfile would have been modified|"
            r"lockfile had changes|lockfile is frozen"
        ),
        "Its lock file does not fit its package.json: versions were chosen anew",
        instead={
            "ci": "install",
            "--frozen-lockfile": "--no-frozen-lockfile",
            "--immutable": "--no-immutable",
        },
    ),
)


def remedy_for(step: FrontEndStep, output: str) -> Remedy | None:
    """What may help a step that failed with this output, and has not been tried."""
    for remedy in _REMEDIES:
        if remedy.sign.search(output) and remedy.applied(step) != step:
            return remedy
    return None


def plan_front_end(front_end: FrontEnd) -> tuple[FrontEndStep, ...]:
    """The commands in their order: the manager, the packages, the scripts. Packages for the
    development are installed too, because a build is made with them; those of a workspace are,
    with all of its members, in its own folder."""
    folder, manager = front_end.folder, front_end.manager
    home = front_end.workspace or folder
    steps: list[FrontEndStep] = []
    if manager == "npm":
        word = "ci" if front_end.lock else "install"
        steps += [
            FrontEndStep(
                ("npm", word, "--ignore-scripts", "--include=dev"), home, shared_cache=True
            ),
            FrontEndStep(("npm", "rebuild"), home, optional=True),
        ]
        program: tuple[str, ...] = ("npm",)
    else:
        program = _program(front_end)
        if not front_end.program:
            steps.append(_tool(front_end))
        always, frozen, free = _INSTALL[manager]
        last = frozen if front_end.lock else free
        steps.append(FrontEndStep((*program, *always, *([last] if last else [])), home))
    production = {"NODE_ENV": "production"}
    for script in front_end.scripts:
        steps.append(FrontEndStep((*program, "run", script), folder, production))
    if front_end.command:
        run = ("npx", "--no-install") if manager in ("npm", "bun") else (*program, "exec")
        steps.append(FrontEndStep((*run, *front_end.command), folder, production))
    return tuple(steps)


def describe_build(front_end: FrontEnd) -> str:
    """The build in a few words: `npm run build`."""
    program = "yarn" if front_end.manager == "berry" else front_end.manager
    parts = [f"{program} run {script}" for script in front_end.scripts]
    parts += [" ".join(front_end.command)] if front_end.command else []
    return ", ".join(parts) or f"{program} install"


def _program(front_end: FrontEnd) -> tuple[str, ...]:
    if front_end.program:
        return ("node", f"/app/{front_end.program}")
    return (_PROGRAMS.get(front_end.manager, front_end.manager),)


def _tool(front_end: FrontEnd) -> FrontEndStep:
    name, version = _PACKAGES[front_end.manager]
    wanted = f"{name}@{front_end.version or version}"
    return FrontEndStep(("npm", "install", "--prefix", TOOLS, "--no-save", wanted), ".")
