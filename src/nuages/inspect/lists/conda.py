"""A conda environment becomes lines of a requirements file: pip's part as it stands, and conda's
own packages under the names that they have on the package index; other programs are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nuages.inspect.declared.packages import CONDA_LEFT_OUT
from nuages.inspect.facts.requirements import RequirementsRead, normalised, take_requirement
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree

CONDA_FILES = (
    "environment.yml", "environment.yaml", "conda.yml", "conda.yaml", "conda-environment.yml",
)  # fmt: skip
# Names that differ (https://conda-forge.org/packages/ beside the package index).
_NAMES: Mapping[str, str] = {
    "dask-core": "dask", "faiss": "faiss-cpu", "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack", "opencv": "opencv-python-headless",
    "psycopg2": "psycopg2-binary", "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost", "pyqt": "PyQt5", "pytables": "tables", "python-graphviz": "graphviz",
    "python-kaleido": "kaleido", "pytorch": "torch", "pytorch-cpu": "torch", "redis-py": "redis",
    "ruamel-yaml": "ruamel.yaml", "seaborn-base": "seaborn", "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow", "uvicorn-standard": "uvicorn[standard]",
}  # fmt: skip
# Programs and libraries of conda's own; what begins with `lib` or `_` is one too.
_OTHERS = frozenset((
    "anaconda", "backports", "binutils", "blas", "bzip2", "c-ares", "c-compiler", "ca-certificates",
    "cairo", "cmake", "compilers", "conda", "cpuonly", "cuda", "cudatoolkit", "cudnn",
    "curl", "cxx-compiler", "cyrus-sasl", "expat", "ffmpeg", "fontconfig", "freetype", "freetds",
    "gcc", "gdal", "gdk-pixbuf", "geckodriver", "geos", "gettext", "giflib", "git", "glib", "gmp",
    "graphviz", "gst-plugins-base", "gstreamer", "gxx", "harfbuzz", "hdf5", "icu", "intel-openmp",
    "jpeg", "krb5", "lame", "lcms2", "ld-impl-linux-64", "llvm-openmp", "lz4-c", "m2-base", "make",
    "memcached", "mkl", "mkl-service", "mpc", "mpfr", "mysql", "ncurses", "nettle", "nginx",
    "nodejs", "nspr", "nss", "openblas", "openjdk", "openjpeg", "openssl", "pandoc", "pango",
    "pcre", "pcre2", "perl", "pip", "pixman", "pkg-config", "poppler", "postgis", "postgresql",
    "proj", "python", "python-abi", "pytorch-cuda", "qt", "qt-main", "r-base", "rabbitmq-server",
    "readline", "redis", "redis-server", "rust", "setuptools", "snappy", "sqlite", "tbb",
    "tesseract", "tk", "tzdata", "ucrt", "unixodbc", "vc", "vs2015-runtime", "wget", "wheel",
    "wincertstore", "x264", "xz", "yaml", "yarn", "zlib", "zstd",
))  # fmt: skip
# What every environment has, so that there is nothing to say of it.
_USUAL = frozenset(("pip", "python", "setuptools", "wheel", "tzdata", "ca-certificates"))
_OTHER = re.compile(r"(?:lib(?!sass\b|cst\b|tmux\b)|_|r-|bioconductor-|xorg-|vs20|gcc-|gxx-|cuda-)")
_ITEM = re.compile(r"([ \t]*)-[ \t]+(.*?)[ \t]*(?:[ \t]#.*)?$")
_SPEC = re.compile(
    r"(?:[\w./-]+::)?([A-Za-z_][\w.-]*)(?:\[[^\]]*\])?\s*"
    r"(?:(={1,2}|[<>!~]=?)?\s*([\w.*+!]+(?:\s*,\s*[<>=!~]+\s*[\w.*+!]+)*)?(?:=[\w.*]+)?)$"
)


def read_conda(tree: Tree, path: str, remarks: Remarks) -> RequirementsRead:
    """The packages of an environment.yml that the package index has."""
    read, left_out = RequirementsRead(path.rpartition("/")[0] or "."), []
    read.files.append(path)
    for line, text, is_pip in _items(tree.text(path)):
        wanted = text if is_pip else requirement_of(text)
        if wanted:
            take_requirement(tree, wanted, (path, line), read, remarks)
        elif _SPEC.match(text) and normalised(_name(text)) not in _USUAL:
            left_out.append(_name(text))
    if left_out:
        names = ", ".join(dict.fromkeys(left_out))
        message = f"Left out of {path}, as they are no packages of Python's: {names}"
        remarks.say(CONDA_LEFT_OUT, message, path, 1)
    return read


def requirement_of(spec: str) -> str:
    """A package of conda's (`pillow=9.1=py39h0`) as a requirement; empty for what the index does
    not have."""
    found = _SPEC.fullmatch(spec.strip())
    if found is None:
        return ""
    name, sign, version = normalised(found[1]), found[2] or "", found[3] or ""
    if name in _OTHERS or _OTHER.match(found[1]):
        return ""
    name = _NAMES.get(name, name)
    if version in ("", "*"):
        return name
    exact = sign == "==" or (sign == "=" and spec.count("=") > 1)
    if sign in ("", "=", "=="):
        # One sign is a prefix, unless a build follows.
        plain = version.removesuffix("*").rstrip(".")
        return f"{name}=={plain}" if exact and "*" not in version else f"{name}=={plain}.*"
    return f"{name}{sign}{version}".replace(" ", "")


def _name(spec: str) -> str:
    found = _SPEC.match(spec)
    return found[1] if found else spec


def _items(text: str) -> Iterator[tuple[int, str, bool]]:
    """The items below `dependencies:`, each with its line, and whether it is pip's."""
    inside, pip = False, -1
    for number, raw in enumerate(text.split("\n"), start=1):
        if re.match(r"[A-Za-z]", raw):
            inside, pip = raw.startswith("dependencies:"), -1
        item = _ITEM.match(raw) if inside else None
        if item is None:
            continue
        indent, entry = len(item[1].expandtabs()), item[2].strip("\"'")
        if entry.rstrip() == "pip:":
            pip = indent
        elif pip >= 0 and indent > pip:
            yield number, entry, True
        else:
            pip = -1
            yield number, entry, False
