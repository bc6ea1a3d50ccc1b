"""Causes that lie between the app and its database: driver, address, account, rights, room."""

from __future__ import annotations

import re

from nuages.diagnose.cause import Cause, Found, Values, adds, raised

_OPERATIONAL = "OperationalError|DatabaseError|InterfaceError"
_SET = "nuages config {app} set DATABASE_URL="
_URL = f"{_SET}{{url}}"
_POSTGRES, _MYSQL = (
    "postgres://USER:PASSWORD@HOST:5432/NAME",
    "mysql://USER:PASSWORD@HOST:3306/NAME",
)


def _postgres_driver(found: Found) -> Values:
    """Django before 4.2 knows psycopg2 alone, and names it alone."""
    return {
        "add": found.context.add("psycopg[binary]" if found.groups["new"] else "psycopg2-binary")
    }


def _url(found: Found) -> Values:
    """The address to write, of the kind of server that the app looked for; and where it looked."""
    host, port = found.groups.get("host", ""), found.groups.get("port", "")
    told = " ".join(proof.line for proof in found.output.told)
    is_mysql = bool(re.search("mysql|mariadb", told, re.IGNORECASE))
    url = _MYSQL if is_mysql else _POSTGRES
    user = found.groups.get("user") or "USER"
    return {
        "where": f"{host}:{port}" if port else host,
        "user": user,
        "url": url.replace("USER", user),
    }


POSTGRES_DRIVER = Cause(
    "diagnose.C001",
    "The settings ask for PostgreSQL, and no driver for it is installed",
    "Django talks to a database through a package of its own for each kind.",
    "{add}",
    (raised("ImproperlyConfigured", r"Error loading psycopg2(?P<new> or psycopg)? module"),),
    _postgres_driver,
)
MYSQL_DRIVER = Cause(
    "diagnose.C002",
    "The settings ask for MySQL, and no driver for it is installed",
    "Django talks to a database through a package of its own for each kind.",
    "{add}",
    (raised("ImproperlyConfigured", r"Error loading MySQLdb module"),),
    adds("mysqlclient"),
)
REFUSED = Cause(
    "diagnose.C003",
    "No database server listens at {where}",
    "Nothing answers there, as the app sees it: inside its sandbox, localhost is the app itself.",
    f"Say where the server is: {_URL}",
    (
        raised(
            _OPERATIONAL,
            r'.*connection to server at "(?P<host>[^"]+)"(?: \([^)]*\))?, '
            r"port (?P<port>\d+) failed: Connection (?:refused|timed out)",
        ),
        raised(
            _OPERATIONAL, r'\(200[23], "Can\'t connect to (?:local )?(?:MySQL |MariaDB )?server on '
            r"'(?P<host>[^']+)'",
        ),
    ),
    _url,
)  # fmt: skip
NO_HOST = Cause(
    "diagnose.C004",
    "The settings look for a database server on this machine, at the socket {socket}",
    "DATABASES names no HOST, so the driver looks for a server beside the app. In the sandbox "
    "there is none.",
    f"Say where the server is: {_URL}",
    (
        raised(_OPERATIONAL, r'.*connection to server on socket "(?P<socket>[^"]+)" failed'),
        raised(
            _OPERATIONAL,
            r"\(2002, [\"']Can't connect to local (?:MySQL |MariaDB )?server through socket "
            r"'(?P<socket>[^']+)'",
        ),
    ),
    _url,
)
UNKNOWN_HOST = Cause(
    "diagnose.C005",
    "The database server's name '{host}' leads nowhere",
    "The name is misspelt, or it is one that only another network knows, such as the service `db` "
    "of a compose file.",
    f"Say where the server is: {_URL}",
    (
        raised(_OPERATIONAL, r".*could not translate host name \"(?P<host>[^\"]+)\" to address"),
        raised(_OPERATIONAL, r".*failed to resolve host '(?P<host>[^']+)'"),
        raised(
            _OPERATIONAL, r"\(2005, \"Unknown (?:MySQL |MariaDB )?server host '(?P<host>[^']+)'"
        ),
    ),
    _url,
)
PASSWORD = Cause(
    "diagnose.C006",
    "The database server does not accept the user '{user}' with this password",
    "The server answers; the user or the password is wrong.",
    f"Give the right ones: {_URL}",
    (
        raised(_OPERATIONAL, r'.*password authentication failed for user "(?P<user>[^"]+)"'),
        raised(_OPERATIONAL, r".*fe_sendauth: no password supplied(?P<user>)"),
        raised(_OPERATIONAL, r"\(1045, \"Access denied for user '(?P<user>[^']+)'"),
    ),
    _url,
)
NO_DATABASE = Cause(
    "diagnose.C007",
    "The database server has no database '{database}'",
    "The server answers and knows the user; the database has to be made once.",
    "Make it, as a user of the server's who may: createdb {database}",
    (
        raised(_OPERATIONAL, r'.*FATAL:\s+database "(?P<database>[^"]+)" does not exist'),
        raised(_OPERATIONAL, r"\(1049, \"Unknown database '(?P<database>[^']+)'"),
    ),
)
NO_ROLE = Cause(
    "diagnose.C008",
    "The database server has no user '{user}'",
    "The server answers; it does not know this name.",
    "Make the user on the server: createuser --pwprompt {user}",
    (raised(_OPERATIONAL, r'.*FATAL:\s+role "(?P<user>[^"]+)" does not exist'),),
)
SSL_OFF = Cause(
    "diagnose.C009",
    "The database server has no TLS, and the settings demand it",
    "sslmode=require is meant for servers that are reached over a public network.",
    f"Write it into the address: {_URL}?sslmode=disable",
    (raised(_OPERATIONAL, r".*server does not support SSL, but SSL was required"),),
    _url,
)
SSL_WANTED = Cause(
    "diagnose.C010",
    "The database server wants TLS",
    "The server has no rule that lets this user in over a connection that is not encrypted.",
    f"Write it into the address: {_URL}?sslmode=require",
    (raised(_OPERATIONAL, r".*no pg_hba\.conf entry for host .*(?:no encryption|SSL off)"),),
    _url,
)
NO_RIGHT = Cause(
    "diagnose.C011",
    "The database user may not use the {kind} {name}",
    "The connection works; what the user wants to do is not granted to it. Since PostgreSQL 15 "
    "only the owner of a database may make tables in its schema public.",
    "Make the user its owner, on the server: ALTER DATABASE NAME OWNER TO USER",
    (
        raised(
            f"{_OPERATIONAL}|ProgrammingError|InsufficientPrivilege",
            r"permission denied for (?P<kind>table|relation|schema|sequence|database) "
            r"(?P<name>\S+)",
        ),
    ),
)
TOO_MANY = Cause(
    "diagnose.C012",
    "The database server has no connection left",
    "Each worker process and thread of each instance keeps a connection of its own.",
    "Run fewer instances (nuages scale {app} web=1), or raise max_connections on the server",
    (
        raised(_OPERATIONAL, r".*sorry, too many clients already"),
        raised(_OPERATIONAL, r".*remaining connection slots are reserved"),
        raised(_OPERATIONAL, r"\(1040, [\"']Too many connections"),
    ),
)
LOCKED = Cause(
    "diagnose.C013",
    "The SQLite database is locked by another process",
    "SQLite lets one process write at a time. One that keeps a transaction open for long, such as "
    "a long command, keeps all others waiting until they give up.",
    f"Keep transactions short, or give the app a database server: {_URL}",
    (raised(_OPERATIONAL, r"database (?:table )?is locked"),),
    _url,
)
READ_ONLY = Cause(
    "diagnose.C014",
    "The SQLite database lies where the app may not write",
    "The app writes to /data alone, and what it writes anywhere else is gone after a restart.",
    "Put the database there: nuages config {app} set DATABASE_URL=sqlite:////data/db.sqlite3",
    (
        raised(_OPERATIONAL, r"attempt to write a readonly database"),
        raised(_OPERATIONAL, r"unable to open database file"),
    ),
)
DISK_FULL = Cause(
    "diagnose.C015",
    "The disk is full",
    "There was no room for what the app wanted to write.",
    "Free some space where NUAGES_HOME lies (`nuages status` names it), then try again",
    (
        raised(_OPERATIONAL, r"database or disk is full"),
        raised("OSError", r"\[Errno 28\] No space left on device"),
    ),
)
SERVER_TOO_OLD = Cause(
    "diagnose.C016",
    "{server} {found} is too old for {django}, which needs {wanted}",
    "Each Django supports the versions that were maintained when it came out.",
    "Use a newer {server}, or name an older Django in {requirements}",
    (
        raised(
            "NotSupportedError|ImproperlyConfigured",
            r"(?P<server>SQLite|PostgreSQL|MySQL|MariaDB) (?P<wanted>[\d.]+) or later is required "
            r"\(found (?P<found>[\d.]+)\)",
        ),
    ),
)
NO_EXTENSION = Cause(
    "diagnose.C017",
    "The database server does not have the extension {extension}",
    "A migration asks PostgreSQL for it, whose files of extensions are on the server's machine.",
    "Install it there (most are in postgresql-contrib; postgis and vector have packages of their "
    "own), or take another server: " + _SET + _POSTGRES,
    (
        raised(
            "FeatureNotSupported|NotSupportedError|UndefinedFile|OperationalError",
            r"extension \"(?P<extension>[\w-]+)\" is not available",
        ),
        raised(
            "UndefinedFile|OperationalError",
            r"could not open extension control file \"[^\"]*/(?P<extension>[\w-]+)\.control\"",
        ),
    ),
)
NOT_ALLOWED_EXTENSION = Cause(
    "diagnose.C018",
    "The user of the database may not create the extension {extension}",
    "PostgreSQL lets only its administrators create most extensions.",
    'Create it once as an administrator: CREATE EXTENSION "{extension}"; then deploy again',
    (
        raised(
            "InsufficientPrivilege|ProgrammingError|OperationalError",
            r"permission denied to create extension \"(?P<extension>[\w-]+)\"",
        ),
    ),
)
