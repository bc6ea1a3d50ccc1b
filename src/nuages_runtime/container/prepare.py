"""Steps of a Dockerfile that `nuages export` has written: what `nuages build` does by itself.

python -m nuages_runtime.container.prepare packages    once the packages are installed
python -m nuages_runtime.container.prepare built [PACKAGE...]   once front ends are built in /app
python -m nuages_runtime.container.prepare app         once the source lies at /app
"""

import filecmp
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

from nuages_runtime.container.image import FILE
from nuages_runtime.given.surroundings import STATIC_ROOT
from nuages_runtime.hook import FILES
from nuages_runtime.overlay.document import STATIC_PLACES

APP = "/app"
FOLDER = ".nuages"
LIBRARIES = "/nuages/libraries.txt"
SOURCE = "/source"
# As `nuages.build.frontend.results` has both: what tools leave, and what browsers ask for.
LEFT = (
    ".cache", ".parcel-cache", ".yarn", ".pnpm-store", ".npm", ".turbo", ".sass-cache",
    ".eslintcache", ".pnp.cjs", ".pnp.loader.mjs", "__pycache__",
)  # fmt: skip
WEB = (
    ".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".svg", ".png",
    ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".wasm", ".swf", ".json", ".mp3", ".mp4",
)  # fmt: skip
_USER = 1000
_USAGE = 2


def prepare_packages():
    """Have every Python process of the environment start the overlay, and compile everything."""
    site = sysconfig.get_path("purelib")
    for name, text in FILES.items():
        with open(os.path.join(site, name), "w") as stream:
            stream.write(text)
    compile_folder(os.path.dirname(site))
    compile_folder("/nuages")
    with open(LIBRARIES, "w") as stream:
        stream.write(" ".join(library_packages(site)))
    return 0


def library_packages(folder):
    """The packages of Debian that have the libraries which modules below `folder` load: what was
    compiled against headers needs them without these. None where there is no dpkg."""
    modules = [
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if ".so" in name
    ]
    found = set()
    for module in modules:
        for path in re.findall(r"=> (/(?:usr/)?lib\S+)", _answer(["ldd", module])):
            found.add(os.path.realpath(path))
    lines = _answer(["dpkg-query", "--search", *sorted(found)]) if found else ""
    return sorted({line.partition(":")[0] for line in lines.splitlines() if ": /" in line})


def _answer(argv):
    try:
        asked = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return asked.communicate()[0].decode(errors="replace")


def prepare_built(served, app=APP, source=SOURCE):
    """Leave in `app` what is new or changed against `source`, and what browsers may ask for of the
    `served` packages (paths below it)."""
    for place, folders, names in os.walk(app):
        below = os.path.relpath(place, app)
        folders[:] = [name for name in folders if not _drop_folder(place, below, name, served)]
        for name in names:
            path = os.path.normpath(os.path.join(below, name))
            kept = name.lower().endswith(WEB) if _is_below(path, served) else name not in LEFT
            inside = "node_modules" in path.split(os.sep)
            if not kept or (inside and not _is_below(path, served)) or _is_same(path, app, source):
                os.unlink(os.path.join(place, name))
    for place, _, _ in os.walk(app, topdown=False):
        if place != app and not os.listdir(place):
            os.rmdir(place)
    return 0


def _drop_folder(place, below, name, served):
    path = os.path.normpath(os.path.join(below, name))
    whole = os.path.join(place, name)
    if os.path.islink(whole):
        os.unlink(whole)
        return True
    if name not in LEFT and name != "node_modules":
        return False
    if any(_is_below(each, [path]) for each in served) or _is_below(path, served):
        return False
    shutil.rmtree(whole)
    return True


def _is_below(path, folders):
    return any(path == each or path.startswith(each + os.sep) for each in folders)


def _is_same(path, app, source):
    one, two = os.path.join(app, path), os.path.join(source, path)
    if os.path.islink(one) or not os.path.isfile(one):
        return True
    return os.path.isfile(two) and filecmp.cmp(one, two, shallow=False)


def prepare_app(app=APP, target=FILE):
    """Lay the app out, compile it, collect its static files, and write the document by which its
    containers know it; the exit code."""
    with open(os.path.join(app, FOLDER, "image.json")) as stream:
        document = json.load(stream)
    shutil.rmtree(os.path.join(app, FOLDER))
    said = document.pop("build")
    lay_out(app, said)
    compile_folder(app)
    exchange = tempfile.mkdtemp(prefix="nuages")
    try:
        report = _probe(app, exchange, document, said["variables"])
        if report is None:
            return 1
        root = static_root(report.get("static_root") or "", app)
        collected = os.path.join(exchange, "static")
        if os.path.isdir(collected) and os.listdir(collected):
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(collected, root)
    finally:
        shutil.rmtree(exchange, ignore_errors=True)
    document.update(
        static_root=root,
        media_url=report.get("media_url") or "",
        python_version=".".join(map(str, sys.version_info[:3])),
    )
    with open(target, "w") as stream:
        json.dump(document, stream, sort_keys=True, indent=1)
    return 0


def lay_out(app, said):
    """Copies of examples, and links into the volume, where the settings expect them."""
    for original, place in said["copies"]:
        shutil.copyfile(os.path.join(app, original), os.path.join(app, place))
        _give(os.path.join(app, place))
    for place, goal in said["links"]:
        path = os.path.join(app, place)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            os.symlink(goal, path)


def static_root(written, app=APP):
    """Where the static files are shown, as `nuages.run.places` has it."""
    root = "/" + posixpath.normpath(written or "/").lstrip("/")
    allowed = any(root.startswith(place + "/") for place in STATIC_PLACES)
    if not written.startswith("/") or not allowed:
        return STATIC_ROOT
    inside = root.startswith(app + "/")
    return STATIC_ROOT if inside and os.path.realpath(root) != root else root


def compile_folder(folder):
    """Bytecode that is not looked at again; a file that cannot be compiled is passed over."""
    import compileall

    options = {"quiet": 2, "workers": 0}
    if sys.version_info >= (3, 7):
        from py_compile import PycInvalidationMode

        options["invalidation_mode"] = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, **options)


def _probe(app, exchange, document, variables):
    """Look into the project, as the user that it runs as; the report, or None where that fails."""
    _give(exchange)
    argv = [
        sys.executable, "-m", "nuages_runtime.probe", app, exchange, document["interface"],
        document["application"],
    ]  # fmt: skip
    folder = os.path.join(app, document["project"])
    subprocess.call(argv, env=variables, cwd=folder, preexec_fn=_leave_root)
    try:
        with open(os.path.join(exchange, "report.json")) as stream:
            report = json.load(stream)
    except (OSError, ValueError):
        sys.stderr.write("nuages: the look into the project ended early; see above\n")
        return None
    for warning in report.get("warnings") or ():
        sys.stderr.write("nuages: {}\n".format(warning))
    error = report.get("error")
    if error:
        text = "nuages: {type}: {message}\n".format(**error)
        advice = "nuages: a variable that the settings need is put under 'variables' in {}/{}\n"
        sys.stderr.write(text + advice.format(FOLDER, "image.json"))
        return None
    return report


def _leave_root():
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(_USER)
        os.setuid(_USER)


def _give(path):
    if os.getuid() == 0:
        os.chown(path, _USER, _USER)


def main(arguments):
    """Do the step that is named; the exit code."""
    step, served = arguments[:1], arguments[1:]
    if step == ["built"]:
        return prepare_built(served)
    if step == ["packages"] and not served:
        return prepare_packages()
    if step == ["app"] and not served:
        return prepare_app()
    sys.stderr.write("nuages: one of app, built, packages is wanted\n")
    return _USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
