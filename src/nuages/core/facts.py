"""What inspection learnt of a project, each fact with its file, line and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value and why it is believed: `origin` is one of flag, environment, deploy.toml,
    Procfile, found, default (the order of precedence); `file` and `line` say where."""

    value: T
    reason: str
    origin: str = "found"
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A distribution that the project names in a place that is not installed from: a group for
    development, an extra, another file. `requirement` is a line of a requirements file, with the
    locked version where one is known; `place` says where (`the group dev of pyproject.toml`);
    `taken` whether it is installed all the same."""

    name: str
    requirement: str
    place: str
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Where the packages come from.

    `kind` is `uv` | `poetry` | `pdm` | `pylock` | `pipenv` | `requirements` | `pyproject` |
    `setup` (setup.py, setup.cfg) | `conda` | `none`; `root` the folder (POSIX, below the
    source) to install from; `files` every file that belongs to the input, in reading order;
    `names` the normalised (PEP 503) distribution names declared; `pins` exact versions by name;
    `local` whether an entry points into the source itself (`-e .`, `./libs/x`, `file:`);
    `django` what is said of Django's version, as specifiers (`>=4.2,<5`), or what the project's
    code was generated with where nothing is; `as_of` the day (ISO) up to which releases of
    packages are taken (empty: all); `lines` what a file of another form says, as lines of a
    requirements file (the source is /app in them); `constraints` lines that limit those, and
    `options` lines that hold for all of them (`--index-url …`); `offers` what the project names
    elsewhere; `noted` the day (ISO) up to which releases were there for who wrote the project, as
    its files note it (empty: they do not); `library` the build file (`pyproject.toml`, `setup.py`)
    of a distribution that the source is and the project is an example of (empty: none).
    """

    kind: str
    root: str
    files: tuple[str, ...]
    names: frozenset[str] = frozenset()
    pins: tuple[tuple[str, str], ...] = ()
    local: bool = False
    django: str = ""
    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    as_of: str = ""
    library: str = ""
    noted: str = ""

    @property
    def also(self) -> tuple[str, ...]:
        """The requirements that are named elsewhere and installed all the same, each once."""
        return tuple(dict.fromkeys(each.requirement for each in self.offers if each.taken))


@dataclass(frozen=True, slots=True)
class VariableRead:
    """A variable that the settings read from the environment.

    `default` is the source text of the default (None where there is none); `cast` is how the
    text is turned into a value: `str`, `bool`, `int`, `list`, `json`, `url`, `equals:<text>`,
    `differs:<text>`, `nonempty` (any text is true, "False" too), `unknown`;
    `setting` the setting it is assigned to, where that can be seen; `required` whether the
    settings fail to load without it.
    """

    name: str
    file: str
    line: int
    default: str | None = None
    cast: str = "str"
    setting: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class SettingLiteral:
    """A setting assigned a literal at the top level of a settings module."""

    name: str
    value: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ProcessFound:
    """A process type and its command as written (never run by a shell). `brokers` are variables
    of which one has to be set before it can work; none where it needs no broker."""

    name: str
    command: str
    brokers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """A front end of the project: what a package.json describes.

    `folder` (POSIX, below the source) holds the package.json; `manager` is `npm` | `pnpm` |
    `yarn` (its first generation) | `berry` (its later ones) | `bun`, `version` the release of it
    that is asked for (empty: any), `program` a copy of it in the source; `lock` the lock file
    (empty: none), `workspace` the folder of the workspace that it is a member of, where packages
    are installed (empty: of none). `node` is a request as npm writes them. `scripts` are run in
    this order, or `command` where there are none. `need` says what Django lacks without a build:
    `nothing`, `files` (static files that pages refer to), or `pages` (a file without which they
    fail). `served` are packages whose own files are static files. `reads_python` is on where Python
    files decide what is made too, as the names of classes in them do.
    """

    folder: str
    manager: str
    version: str
    program: str
    lock: str
    node: Fact[str]
    scripts: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    need: str = "nothing"
    served: tuple[str, ...] = ()
    reads_python: bool = False
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A package of Debian or Ubuntu. `use` is `build` where it takes part in compiling a
    distribution, `run` where the app loads a library of it or starts a program of it, `asked`
    where somebody names it outright."""

    name: str
    use: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder (POSIX, below the source) that settings write to and that the source does not
    have. `place` is where it lies in the volume, so that what is written there is kept; empty
    where it is in another such folder, or as fresh at each start as the rest of /app."""

    path: str
    place: str = ""


_ANY_DATABASE = Fact("", "no migration is bound to one database", "default")
NO_COMMIT = Fact("", "nothing asks git for a commit", "default")
_NO_CLASS = Fact("", "the settings are no classes", "default")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the build and the release are decided from.

    `root` is the folder of manage.py below the source (`.` for the top). `application` is
    `module:callable`, empty where it has to be synthesised from the settings module.
    `interface` is `wsgi` or `asgi`. `python` is a version request such as `3.12` or
    `>=3.10,<3.14`. `migrations` maps nothing: it is the sorted list of migration files, so that
    a release can tell whether one was added or changed. `configuration` is the class of
    django-configurations that the settings are made of, empty where they are no classes.
    `system_packages` are those that the app takes, each once.
    `copies` are examples and the places where the settings expect copies of them. `paths` are
    folders (POSIX, below the source) that modules are imported from besides `root`. `only_engine`
    is the only one that the migrations can run on, such as `postgres`; empty for any. `folders`
    have to be made before the settings are loaded. `commit` is what git tells the code of itself,
    empty where that does not ask.
    """

    root: Fact[str]
    manage: Fact[str]
    settings: Fact[str]
    application: Fact[str]
    interface: Fact[str]
    python: Fact[str]
    dependencies: Fact[Dependencies]
    processes: tuple[Fact[ProcessFound], ...]
    release_commands: tuple[Fact[str], ...]
    database: Fact[str]
    health_path: Fact[str]
    variables: tuple[VariableRead, ...] = ()
    literals: tuple[SettingLiteral, ...] = ()
    settings_files: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    static_root: str = ""
    configuration: Fact[str] = _NO_CLASS
    front_ends: tuple[Fact[FrontEnd], ...] = ()
    system_packages: tuple[Fact[SystemPackage], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    paths: tuple[Fact[str], ...] = ()
    only_engine: Fact[str] = _ANY_DATABASE
    folders: tuple[Fact[Folder], ...] = ()
    commit: Fact[str] = NO_COMMIT
