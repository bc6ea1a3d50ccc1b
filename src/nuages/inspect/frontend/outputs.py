"""Where a front end's build writes to, as far as its scripts and configurations say it as text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from nuages.inspect.frontend.package import Package
from nuages.inspect.tree import Tree, join

# Options that name what is written, of esbuild, rollup, sass, postcss, tailwindcss, parcel, tsc.
_OPTIONS = (
    "-o", "--output", "--out", "--outfile", "--outdir", "--out-dir", "--outDir", "--dist-dir",
    "--dest", "-d", "--dir", "--file", "--output-path",
)  # fmt: skip
_CONFIGURATIONS = re.compile(
    r"(webpack|vite|rollup|esbuild|gulpfile|postcss|parcel|build|rspack|vue)[\w.-]*\.(c|m)?[jt]s"
)
_STRINGS = re.compile(r"['\"`]([^'\"`\n]+)['\"`]")
# `outDir: '../static'`, `path: path.resolve(__dirname, 'a', 'b')`, `gulp.dest('a')`.
_WRITTEN = re.compile(
    r"\b(?:outDir|outfile|outdir|outputDir|path|file|dir|filename)\s*:\s*"
    r"((?:[\w.]+\()?(?:__dirname|[\w.]+\(\)|[\w.]*(?:['\"`][^'\"`\n]*['\"`]))[^\n]*)"
    r"|\bdest\(\s*([^)\n]*)\)"
)
_ROOT = re.compile(r"\broot\s*:\s*([^\n]+)")


def written_by(tree: Tree, package: Package, scripts: tuple[str, ...]) -> tuple[str, ...]:
    """Paths below the source that the build writes: files, or folders with many."""
    found = [path for text in package.commands(scripts) for path in _of_command(text)]
    for path in _configurations(tree, package):
        found += _of_configuration(tree.text(path))
    places = [join(package.folder, path) for path in found if path and not path.startswith("/")]
    # A variable, a pattern or a placeholder is no place; nor is what lies above the source.
    odd = re.compile(r"^\.\.|[$*\[{<]|^\.$|node_modules|\.map$")
    return tuple(dict.fromkeys(place for place in places if not odd.search(place)))


def _of_command(command: str) -> Iterator[str]:
    for part in re.split(r"&&|;|\|\|?", command):
        try:
            words = shlex.split(part.replace('\\"', '"'))
        except ValueError:
            continue
        for index, word in enumerate(words):
            option, equals, value = word.partition("=")
            if option in _OPTIONS and equals:
                yield value
            elif word in (*_OPTIONS, ">") and index + 1 < len(words):
                yield words[index + 1]
        yield from _of_sass(words)


def _of_sass(words: list[str]) -> Iterator[str]:
    """`sass IN OUT` and `sass IN:OUT`."""
    names = [word.rpartition("/")[2] for word in words]
    program = next((name for name in ("sass", "node-sass") if name in names), "")
    if not program:
        return
    arguments = [word for word in words[names.index(program) + 1 :] if not word.startswith("-")]
    pairs = [word.partition(":")[2] for word in arguments if ":" in word]
    yield from pairs
    if not pairs and len(arguments) >= 2:
        yield arguments[1]


def _configurations(tree: Tree, package: Package) -> list[str]:
    """Files that configure a bundler, beside the package.json."""
    folder = package.folder
    return [
        path
        for path in sorted(tree.paths)
        if (path.rpartition("/")[0] or ".") == folder
        and _CONFIGURATIONS.fullmatch(path.rpartition("/")[2])
    ]


def _of_configuration(text: str) -> Iterator[str]:
    root = _ROOT.search(text)
    below = _joined(root[1]) if root else ""
    for found in _WRITTEN.finditer(text):
        path = _joined(found[1] or found[2] or "")
        if path:
            yield path
            if below:
                yield join(below, path)


def _joined(expression: str) -> str:
    """The path that an expression of constants makes."""
    parts = [part for part in _STRINGS.findall(expression) if "${" not in part]
    return "/".join(part.strip("/") if index else part for index, part in enumerate(parts))
