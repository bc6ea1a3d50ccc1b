"""Compiles Python files ahead of their first import, for the place where they will be mounted.

Run as `python -I -S bytecode.py ROOT [--prefix /app] < NUL-separated files below ROOT`. The
bytecode carries no time: the same source gives the same bytes, and nothing looks at the source's
date again. A file with a syntax error is passed over; Python names it when it is imported.
"""

import importlib.util
import marshal
import os
import sys
from importlib import _bootstrap_external

# PEP 552: bit 0 says "named by hash", bit 1 (unset) "look at the source at each import".
_UNCHECKED_HASH = 0b01
_HASHES = (3, 7)


def compile_file(root, name, prefix):
    """Write the bytecode of `name` below `root`, as if `root` were `prefix`; whether it could."""
    source_path = os.path.join(root, name)
    shown = os.path.join(prefix, name)
    try:
        with open(source_path, "rb") as stream:
            source = stream.read()
        code = compile(source, shown, "exec", dont_inherit=True, optimize=0)
        data = _to_bytes(source, code, source_path)
        _write(importlib.util.cache_from_source(source_path, optimization=""), data)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        return False
    return True


def _to_bytes(source, code, path):
    if sys.version_info >= _HASHES:
        digest = importlib.util.source_hash(source)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little") + digest
        return head + marshal.dumps(code)
    # Python 3.6 knows only the source's date and size, and compares both.
    status = os.stat(path)
    return bytes(_bootstrap_external._code_to_bytecode(code, int(status.st_mtime), status.st_size))


def _write(target, data):
    folder = os.path.dirname(target)
    if os.path.islink(folder):
        raise OSError("{} is a link, which may lead anywhere".format(folder))
    os.makedirs(folder, exist_ok=True)
    temporary = "{}.{}.tmp".format(target, os.getpid())
    # "x" follows no link either.
    with open(temporary, "xb") as stream:
        stream.write(data)
    os.rename(temporary, target)


def main(arguments, names):
    """Compile `names` (bytes); returns the exit code, 0 also where a file was passed over."""
    root = arguments[0]
    prefix = root
    if len(arguments) == 3 and arguments[1] == "--prefix":
        prefix = arguments[2]
    for name in sorted(filter(None, names.split(b"\0"))):
        compile_file(root, os.fsdecode(name), prefix)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer.read()))
