"""Which packages of Debian and Ubuntu a distribution of PyPI needs, and which bring a library, a
header or a program. Data only.

Sources: the installation pages of the distributions named; Django's "Installing Geospatial
libraries"; for libraries, headers and programs the contents of Debian 12 and 13 and of Ubuntu 22.04
and 24.04 (https://packages.debian.org, https://packages.ubuntu.com). The names are those that
all of them have: where a library's package is named after its version (`libgdal32`), one that
depends on it stands for it (`gdal-bin`). Whether there are wheels for Linux was asked of PyPI.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# The name of a binary package (Debian Policy 5.6.7). apt-get takes a `-` at the end for a wish
# to remove, so a name has none there.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9+.-]{0,98}[a-z0-9+])")
COMPILER = "build-essential"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a distribution needs of the system: `build` to compile it, `run` for what it loads or
    starts by name, whether it was compiled or not. `wheels` is the first version that PyPI has
    wheels for Linux of: empty for none, `0` for all that matter."""

    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    wheels: str = "0"


def _never(*build: str, run: tuple[str, ...] = ()) -> Needs:
    return Needs((COMPILER, *build), run, "")


_XML = ("libxml2-dev", "libxslt1-dev")
_XMLSEC = (COMPILER, "pkg-config", "libxml2-dev", "libxmlsec1-dev")
_LDAP = ("libldap2-dev", "libsasl2-dev")
_MYSQL = ("pkg-config", "default-libmysqlclient-dev")
_CAIRO = ("pkg-config", "libcairo2-dev")
_PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0")
_IMAGES = ("zlib1g-dev", "libjpeg-dev", "libfreetype6-dev", "libpng-dev", "libwebp-dev",
           "libtiff-dev", "libopenjp2-7-dev", "liblcms2-dev")  # fmt: skip
_OPENCV = ("libgl1", "libglib2.0-0")
# Django's "Installing Geospatial libraries": gdal-bin brings GDAL, GEOS and PROJ.
GEODJANGO = ("gdal-bin",)
SPATIALITE = ("libsqlite3-mod-spatialite",)

# By the normalised name of the distribution (PEP 503).
DISTRIBUTIONS: Mapping[str, Needs] = {
    "argon2-cffi": Needs(("libffi-dev",)),
    "bcrypt": Needs(("libffi-dev", "cargo")),
    "brotli": Needs((COMPILER,)),
    "cairocffi": Needs(("libffi-dev",), ("libcairo2",)),
    "cairosvg": Needs((), ("libcairo2",)),
    "cffi": Needs((COMPILER, "libffi-dev")),
    "cryptography": Needs((COMPILER, "libssl-dev", "libffi-dev", "cargo", "pkg-config")),
    "cx-oracle": Needs((), ("libaio1",)),
    "django-weasyprint": Needs((), _PANGO),
    "dlib": _never("cmake", "libopenblas-dev"),
    "ffmpeg-python": Needs((), ("ffmpeg",)),
    "gdal": _never("libgdal-dev", run=GEODJANGO),
    "gevent": Needs((COMPILER, "libffi-dev")),
    "gitpython": Needs((), ("git",)),
    "graphviz": Needs((), ("graphviz",)),
    "greenlet": Needs((COMPILER,)),
    "h5py": Needs((COMPILER, "libhdf5-dev", "pkg-config")),
    "hiredis": Needs((COMPILER,)),
    "imgkit": Needs((), ("wkhtmltopdf",)),
    "lxml": Needs((COMPILER, *_XML, "zlib1g-dev")),
    "m2crypto": _never("libssl-dev", "swig"),
    "matplotlib": Needs((COMPILER, "libfreetype6-dev", "libpng-dev", "pkg-config")),
    "mod-wsgi": _never("apache2-dev"),
    "moviepy": Needs((), ("ffmpeg",)),
    "mysqlclient": _never(*_MYSQL),
    "netifaces": _never(),
    "numpy": Needs((COMPILER, "libopenblas-dev")),
    "opencv-contrib-python": Needs((), _OPENCV),
    "opencv-python": Needs((), _OPENCV),
    "pdf2image": Needs((), ("poppler-utils",)),
    "pdfkit": Needs((), ("wkhtmltopdf",)),
    "pdftotext": _never("libpoppler-cpp-dev", "pkg-config"),
    "pillow": Needs((COMPILER, *_IMAGES)),
    "pillow-simd": _never(*_IMAGES),
    "psutil": Needs((COMPILER,)),
    "psycopg": Needs((), ("libpq5",)),
    "psycopg-c": _never("libpq-dev", run=("libpq5",)),
    "psycopg2": _never("libpq-dev", run=("libpq5",)),
    "pycairo": _never(*_CAIRO),
    "pycups": _never("libcups2-dev"),
    "pycurl": Needs((COMPILER, "libcurl4-openssl-dev", "libssl-dev")),
    "pydub": Needs((), ("ffmpeg",)),
    "pygobject": _never("libgirepository1.0-dev", *_CAIRO),
    "pygraphviz": Needs((COMPILER, "libgraphviz-dev", "pkg-config"), ("graphviz",), "2.0"),
    "pyicu": _never("libicu-dev", "pkg-config"),
    "pylibmc": Needs((COMPILER, "libmemcached-dev", "zlib1g-dev")),
    "pymssql": Needs((COMPILER, "freetds-dev")),
    "pynacl": Needs((COMPILER, "libffi-dev")),
    "pyodbc": Needs((COMPILER, "unixodbc-dev"), ("unixodbc",)),
    "pypandoc": Needs((), ("pandoc",)),
    "pytesseract": Needs((), ("tesseract-ocr",)),
    "python-ldap": _never(*_LDAP),
    "python-magic": Needs((), ("libmagic1",)),
    "python-snappy": Needs((COMPILER, "libsnappy-dev")),
    "pyyaml": Needs((COMPILER,)),
    "pyzbar": Needs((), ("libzbar0",)),
    "rcssmin": Needs((COMPILER,)),
    "reportlab": Needs((COMPILER, "libfreetype6-dev")),
    "rjsmin": Needs((COMPILER,)),
    "rlpycairo": Needs((), ("libcairo2",)),
    "scipy": Needs((COMPILER, "gfortran", "libopenblas-dev")),
    "soundfile": Needs((), ("libsndfile1",)),
    "textract": Needs((), ("antiword", "poppler-utils", "unrtf")),
    "uwsgi": _never(),
    "wand": Needs((), ("imagemagick",)),
    "weasyprint": Needs((), _PANGO),
    "xmlsec": Needs(_XMLSEC, (), "1.3.14"),
    "zbar-py": _never("libzbar-dev"),
}  # fmt: skip

# A distribution -> the one of the table that it always brings along.
BRINGS: Mapping[str, str] = {
    "django-auth-ldap": "python-ldap",
    "python3-saml": "xmlsec",
}

# The soname without its version -> the package.
LIBRARIES: Mapping[str, str] = {
    "libGL": "libgl1",
    "libEGL": "libegl1",
    "libICE": "libice6",
    "libMagickWand": "imagemagick",
    "libOpenGL": "libopengl0",
    "libSM": "libsm6",
    "libX11": "libx11-6",
    "libXext": "libxext6",
    "libXrender": "libxrender1",
    "libasound": "libasound2",
    "libatomic": "libatomic1",
    "libavcodec": "ffmpeg",
    "libavformat": "ffmpeg",
    "libavutil": "ffmpeg",
    "libblas": "libblas3",
    "libcairo": "libcairo2",
    "libcdt": "graphviz",
    "libcgraph": "graphviz",
    "libcups": "libcups2",
    "libcurl": "libcurl4",
    "libdmtx": "libdmtx0b",
    "libexpat": "libexpat1",
    "libfontconfig": "libfontconfig1",
    "libfreetype": "libfreetype6",
    "libgdal": "gdal-bin",
    "libgdk_pixbuf-2.0": "libgdk-pixbuf-2.0-0",
    "libgeos_c": "libgeos-c1v5",
    "libgfortran": "libgfortran5",
    "libgirepository-1.0": "libgirepository-1.0-1",
    "libglib-2.0": "libglib2.0-0",
    "libgobject-2.0": "libglib2.0-0",
    "libgomp": "libgomp1",
    "libgthread-2.0": "libglib2.0-0",
    "libgvc": "graphviz",
    "libharfbuzz": "libharfbuzz0b",
    "libharfbuzz-subset": "libharfbuzz-subset0",
    "libjpeg": "libjpeg-dev",
    "liblapack": "liblapack3",
    "liblber": "libldap2-dev",
    "liblcms2": "liblcms2-2",
    "libldap": "libldap2-dev",
    "libldap_r": "libldap2-dev",
    "libmagic": "libmagic1",
    "libmariadb": "libmariadb3",
    "libmariadbclient": "libmariadb3",
    "libmemcached": "libmemcached-dev",
    "libmysqlclient": "default-libmysqlclient-dev",
    "libodbc": "unixodbc",
    "libopenblas": "libopenblas0",
    "libopenjp2": "libopenjp2-7",
    "libpango-1.0": "libpango-1.0-0",
    "libpangocairo-1.0": "libpangocairo-1.0-0",
    "libpangoft2-1.0": "libpangoft2-1.0-0",
    "libpcre": "libpcre3",
    "libpoppler-cpp": "libpoppler-cpp-dev",
    "libportaudio": "libportaudio2",
    "libpq": "libpq5",
    "libproj": "libproj-dev",
    "libsasl2": "libsasl2-2",
    "libsndfile": "libsndfile1",
    "libspatialite": "libsqlite3-mod-spatialite",
    "libstdc++": "libstdc++6",
    "libsybdb": "libsybdb5",
    "libtiff": "libtiff-dev",
    "libwebp": "libwebp-dev",
    "libxml2": "libxml2",
    "libxmlsec1": "libxmlsec1",
    "libxmlsec1-openssl": "libxmlsec1-openssl",
    "libxslt": "libxslt1.1",
    "libexslt": "libxslt1.1",
    "libyaml": "libyaml-0-2",
    "libz": "zlib1g",
    "libzbar": "libzbar0",
    "mod_spatialite": "libsqlite3-mod-spatialite",
}

# A header as it is included -> the package.
HEADERS: Mapping[str, str] = {
    "Python.h": "python3-dev",
    "X11/Xlib.h": "libx11-dev",
    "alsa/asoundlib.h": "libasound2-dev",
    "cairo.h": "libcairo2-dev",
    "cups/http.h": "libcups2-dev",
    "curl/curl.h": "libcurl4-openssl-dev",
    "expat.h": "libexpat1-dev",
    "ffi.h": "libffi-dev",
    "ft2build.h": "libfreetype6-dev",
    "gdal.h": "libgdal-dev",
    "cpl_port.h": "libgdal-dev",
    "geos_c.h": "libgeos-dev",
    "gmp.h": "libgmp-dev",
    "graphviz/cgraph.h": "libgraphviz-dev",
    "gssapi/gssapi.h": "libkrb5-dev",
    "gssapi.h": "libkrb5-dev",
    "hdf5.h": "libhdf5-dev",
    "jpeglib.h": "libjpeg-dev",
    "krb5.h": "libkrb5-dev",
    "lber.h": "libldap2-dev",
    "ldap.h": "libldap2-dev",
    "libmemcached/memcached.h": "libmemcached-dev",
    "libpq-fe.h": "libpq-dev",
    "libxml/xmlversion.h": "libxml2-dev",
    "libxml/xmlmemory.h": "libxml2-dev",
    "libxml/tree.h": "libxml2-dev",
    "libxslt/xslt.h": "libxslt1-dev",
    "libxslt/xsltconfig.h": "libxslt1-dev",
    "lzma.h": "liblzma-dev",
    "magic.h": "libmagic-dev",
    "mpfr.h": "libmpfr-dev",
    "mysql.h": "default-libmysqlclient-dev",
    "mysql/mysql.h": "default-libmysqlclient-dev",
    "openssl/opensslv.h": "libssl-dev",
    "openssl/ssl.h": "libssl-dev",
    "pcre.h": "libpcre3-dev",
    "png.h": "libpng-dev",
    "portaudio.h": "portaudio19-dev",
    "proj.h": "libproj-dev",
    "proj_api.h": "libproj-dev",
    "readline/readline.h": "libreadline-dev",
    "sasl.h": "libsasl2-dev",
    "sasl/sasl.h": "libsasl2-dev",
    "snappy-c.h": "libsnappy-dev",
    "snappy.h": "libsnappy-dev",
    "sql.h": "unixodbc-dev",
    "sqlext.h": "unixodbc-dev",
    "sqlfront.h": "freetds-dev",
    "sybdb.h": "freetds-dev",
    "sqlite3.h": "libsqlite3-dev",
    "tiff.h": "libtiff-dev",
    "unicode/utypes.h": "libicu-dev",
    "webp/decode.h": "libwebp-dev",
    "xmlsec/xmlsec.h": "libxmlsec1-dev",
    "yaml.h": "libyaml-dev",
    "zbar.h": "libzbar-dev",
    "zlib.h": "zlib1g-dev",
    "bzlib.h": "libbz2-dev",
    "lauxlib.h": "liblua5.4-dev",
    "mecab.h": "libmecab-dev",
    "poppler/cpp/poppler-document.h": "libpoppler-cpp-dev",
    "leptonica/allheaders.h": "libleptonica-dev",
    "tesseract/baseapi.h": "libtesseract-dev",
}

# A program that is started -> the package.
PROGRAMS: Mapping[str, str] = {
    "antiword": "antiword",
    "apxs": "apache2-dev",
    "c++": COMPILER,
    "cargo": "cargo",
    "cc": COMPILER,
    "chromedriver": "chromium-driver",
    "clamscan": "clamav",
    "cmake": "cmake",
    "convert": "imagemagick",
    "cups-config": "libcups2-dev",
    "curl-config": "libcurl4-openssl-dev",
    "dot": "graphviz",
    "exiftool": "libimage-exiftool-perl",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "freetype-config": "libfreetype6-dev",
    "g++": COMPILER,
    "gcc": COMPILER,
    "gdal-config": "libgdal-dev",
    "geos-config": "libgeos-dev",
    "gfortran": "gfortran",
    "ghostscript": "ghostscript",
    "git": "git",
    "gs": "ghostscript",
    "identify": "imagemagick",
    "krb5-config": "libkrb5-dev",
    "libreoffice": "libreoffice",
    "make": COMPILER,
    "mogrify": "imagemagick",
    "msgfmt": "gettext",
    "mysql_config": "default-libmysqlclient-dev",
    "mysqldump": "default-mysql-client",
    "ninja": "ninja-build",
    "pandoc": "pandoc",
    "pdfinfo": "poppler-utils",
    "pdflatex": "texlive-latex-base",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "pg_config": "libpq-dev",
    "pg_dump": "postgresql-client",
    "pg_restore": "postgresql-client",
    "pkg-config": "pkg-config",
    "pngquant": "pngquant",
    "psql": "postgresql-client",
    "rustc": "cargo",
    "soffice": "libreoffice",
    "swig": "swig",
    "tesseract": "tesseract-ocr",
    "unrtf": "unrtf",
    "wkhtmltoimage": "wkhtmltopdf",
    "wkhtmltopdf": "wkhtmltopdf",
    "xml2-config": "libxml2-dev",
    "xslt-config": "libxslt1-dev",
    "xvfb-run": "xvfb",
}

# A name as pkg-config knows it -> the package.
PKG_CONFIG: Mapping[str, str] = {
    "cairo": "libcairo2-dev",
    "cgraph": "libgraphviz-dev",
    "gobject-introspection-1.0": "libgirepository1.0-dev",
    "hdf5": "libhdf5-dev",
    "icu-i18n": "libicu-dev",
    "libffi": "libffi-dev",
    "libgvc": "libgraphviz-dev",
    "libmariadb": "default-libmysqlclient-dev",
    "libpq": "libpq-dev",
    "libxml-2.0": "libxml2-dev",
    "libxslt": "libxslt1-dev",
    "mariadb": "default-libmysqlclient-dev",
    "mysqlclient": "default-libmysqlclient-dev",
    "openblas": "libopenblas-dev",
    "openssl": "libssl-dev",
    "poppler-cpp": "libpoppler-cpp-dev",
    "xmlsec1": "libxmlsec1-dev",
}

# Every package that the tables above name: what may be installed for any project.
KNOWN: frozenset[str] = frozenset(
    (
        COMPILER, "gettext", *GEODJANGO, *SPATIALITE, *LIBRARIES.values(), *HEADERS.values(),
        *PROGRAMS.values(), *PKG_CONFIG.values(),
        *(name for needs in DISTRIBUTIONS.values() for name in (*needs.build, *needs.run)),
    )
)  # fmt: skip


# How an operator lets a deployment install what it lacks.
INSTALLING = "nuages deploy PATH --install-packages"


def may_be_installed(name: str) -> bool:
    """Whether a package is one of the tables', or brings the headers of a Python."""
    return name in KNOWN or re.fullmatch(r"python3\.\d{1,2}-dev", name) is not None


def install_line(packages: Iterable[str]) -> str:
    """The command that installs these packages, as root."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def ways_to_install(packages: Iterable[str]) -> tuple[str, str]:
    """What tells a person how these packages are installed: by hand, or by a deployment."""
    by_hand = f"As root: {install_line(packages)}"
    return by_hand, f"or have the deployment do it: {INSTALLING}"


def library_package(soname: str) -> str:
    """The package that brings a library, by the name it is loaded by (`libpq.so.5`); empty where
    that is not known."""
    return LIBRARIES.get(re.split(r"\.so(?:\.|$)", soname)[0].strip(), "")
