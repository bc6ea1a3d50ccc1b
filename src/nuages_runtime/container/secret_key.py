"""The SECRET_KEY of a container to which none was given: made once, and kept in the volume."""

import os

FOLDER = "/data"
_NAME = ".secret_key"
_BYTES = 38  # 51 URL-safe characters
_LENGTH = 50
_KEPT = "SECRET_KEY was not set: a key was made, and is kept in {}"
_NOT_KEPT = (
    "SECRET_KEY is not set and {} cannot be written to, so a key was made for this process alone: "
    "sessions end with it, and no other process understands them; set SECRET_KEY, or mount a "
    "volume at {}"
)


def kept_key(folder=FOLDER):
    """The key that is kept in `folder`, made where there is none; and a remark for the log, empty
    where the key was there. Whoever comes second takes the key of the first."""
    path = os.path.join(folder, _NAME)
    found = _read(path)
    if found:
        return found, ""
    # Seldom, and it takes longer than all else here.
    import secrets

    key = secrets.token_urlsafe(_BYTES)[:_LENGTH]
    try:
        _write(path, key)
    except FileExistsError:
        # Made meanwhile.
        return _read(path) or key, ""
    except OSError:
        return key, _NOT_KEPT.format(folder, folder)
    return key, _KEPT.format(path)


def _read(path):
    try:
        with open(path) as stream:
            return stream.read().strip()
    except (OSError, ValueError):
        return ""


def _write(path, key):
    """Whole or not at all; raises FileExistsError where a key is there."""
    part = "{}.{}.{}".format(path, os.getpid(), os.urandom(4).hex())
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w") as stream:
            stream.write(key + "\n")
            stream.flush()
            os.fsync(descriptor)
        if os.path.exists(path) and not _read(path):
            # Empty or spoilt: nobody's key.
            os.replace(part, path)
        else:
            os.link(part, path)
    finally:
        if os.path.lexists(part):
            os.unlink(part)
