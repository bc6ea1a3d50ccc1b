"""Makes loaded settings fit: attaches to `django.conf` and runs every correction in order."""

import os
import pathlib
import re
import sys
from importlib.machinery import SourceFileLoader

from nuages_runtime.overlay import cookies, data, files, logs, remote, security, services
from nuages_runtime.overlay.document import ACTIVE, changed, current

_CORRECTIONS = (
    security.debug,
    security.secret_key,
    security.allowed_hosts,
    security.tls,
    cookies.trusted_origins,
    cookies.cookies,
    cookies.www,
    logs.configuration,
    data.databases,
    remote.storages,
    data.media,
    files.static,
    files.permissions,
    files.storages,
    files.compressor,
    services.caches,
    services.sessions,
    services.channels,
    services.mail,
    services.broker,
)

_ATTACHED = "_nuages_attached"

# Settings modules by name; the folders that may have more of them while these are loaded; and the
# last names of the modules that they take everything from.
_names = set()
_folders = []
_starred = set()

_STARRED = re.compile(rb"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\*", re.MULTILINE)
_SETTINGS_WORD = re.compile(
    "base|common|defaults?|local|conf(ig|iguration)?|dev(el|elopment)?|prod(uction)?|live|"
    "stag(e|ing)?|test(s|ing)?"
)


class Target:
    """Settings that are being corrected: `Settings` of a module, or what `configure()` made."""

    def __init__(self, settings):
        self._settings = settings
        explicit = getattr(settings, "_explicit_settings", None)
        self._explicit = vars(settings).keys() if explicit is None else explicit

    def get(self, name, default=None):
        """The value as it is now, Django's own default included."""
        return getattr(self._settings, name, default)

    def is_set(self, name):
        """Whether the project itself gives the setting a value."""
        return name in self._explicit

    def put(self, name, value, why, label=None):
        """Give the setting a value and remember why; `label` names a part of it."""
        project = self.get(name) if self.is_set(name) else None
        changed(label or name, project, value, why)
        if isinstance(value, str) and isinstance(project, pathlib.PurePath):
            # Code of the project's may go on from it: MEDIA_ROOT / "locks".
            value = pathlib.Path(value)
        self.put_silently(name, value)

    def put_silently(self, name, value):
        """Give the setting a value that was explained already."""
        setattr(self._settings, name, value)
        if isinstance(self._explicit, set):
            self._explicit.add(name)


def attach(module):
    """Prepare `django.conf`, given as a module, so that whatever it loads is corrected."""
    # On the class, of which a reload makes a new one.
    if current() is None or not current().enabled or getattr(module.Settings, _ATTACHED, False):
        return
    setattr(module.Settings, _ATTACHED, True)
    _watch_settings_sources()
    _names.update(filter(None, [os.environ.get("DJANGO_SETTINGS_MODULE")]))
    # Before Django 3.2 a missing SECRET_KEY ends the loading before anything can be filled in.
    key = os.environ.get("SECRET_KEY")
    if key and not module.global_settings.SECRET_KEY:
        module.global_settings.SECRET_KEY = key
    _wrap_settings(module.Settings)
    _wrap_configure(module.LazySettings)


def is_active():
    """Whether this process has loaded settings and the overlay has corrected them."""
    conf = sys.modules.get("django.conf")
    wrapped = getattr(conf.settings, "_wrapped", None) if conf is not None else None
    return bool(getattr(wrapped, ACTIVE, False))


def require():
    """Load the settings and make sure that they are corrected: with SystemExit where the
    overlay is wanted but did not take hold, so that a broken hook can never mean DEBUG on."""
    overlay = current()
    if overlay is None or not overlay.enabled:
        return
    from django.conf import settings

    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return
    settings.DEBUG  # noqa: B018 - loads them
    if not is_active():
        sys.stderr.write("nuages: the overlay did not take hold of the settings; not starting\n")
        raise SystemExit(3)


def correct(settings):
    """Run every correction on a settings object, once."""
    overlay = current()
    if overlay is None or not overlay.enabled or getattr(settings, ACTIVE, False):
        return
    target = Target(settings)
    for correction in _CORRECTIONS:
        correction(overlay, target)
    setattr(settings, ACTIVE, True)


def _wrap_settings(settings_class):
    initialise = settings_class.__init__

    def __init__(self, settings_module, *rest, **named):  # noqa: N807
        _names.add(settings_module)
        try:
            initialise(self, settings_module, *rest, **named)
        finally:
            _folders.clear()
        correct(self)

    settings_class.__init__ = __init__


def _wrap_configure(lazy_class):
    configure = lazy_class.configure

    def configure_and_correct(self, *rest, **named):
        _note_key(named.get("SECRET_KEY"), sys._getframe(1).f_code.co_filename)
        configure(self, *rest, **named)
        correct(self._wrapped)

    lazy_class.configure = configure_and_correct


def _note_key(key, path):
    """Remember a key that stands in the file that configures Django with it."""
    from nuages_runtime.overlay.literals import literal_keys

    if not key or not isinstance(key, str):
        return
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            if key in stream.read():
                literal_keys.add(key)
    except OSError:
        pass


def _watch_settings_sources():
    """Compile settings modules ourselves. The loader's class is prepared, not its finder:
    django-configurations has a finder of its own that ends at the same class."""
    get_code = SourceFileLoader.get_code
    if getattr(get_code, _ATTACHED, False):
        return

    def get_settings_code(self, fullname):
        if _folders or fullname in _names or _is_their_package(fullname):
            code = _settings_code(self, fullname)
            if code is not None:
                return code
        return get_code(self, fullname)

    setattr(get_settings_code, _ATTACHED, True)
    SourceFileLoader.get_code = get_settings_code


def _settings_code(loader, fullname):
    path = loader.get_filename(fullname)
    folder = os.path.dirname(path)
    if fullname in _names or _is_their_package(fullname):
        _folders.append(folder)
    elif not _is_beside(fullname, path):
        return None
    from nuages_runtime.overlay.literals import compile_settings

    source = loader.get_data(path)
    _starred.update(name.decode().rpartition(".")[2] for name in _STARRED.findall(source))
    return compile_settings(source, path)


def _is_their_package(fullname):
    """Whether a module is the package of a settings module and says so by its name: it may load
    modules of its own before."""
    parents = {name.rpartition(".")[0] for name in _names}
    return fullname in parents and _sounds_like_settings(fullname)


def _is_beside(fullname, path):
    """Whether a module beside settings, while these are loaded, is a part of them. A SECRET_KEY
    may also be the one of a bank."""
    folder = os.path.dirname(path)
    if folder not in _folders and os.path.dirname(folder) not in _folders:
        return False
    if os.path.basename(path) == "__init__.py":
        return False
    package, _, last = fullname.rpartition(".")
    is_inside = "settings" in package.rpartition(".")[2]
    return is_inside or last in _starred or _sounds_like_settings(last)


def _sounds_like_settings(fullname):
    last = fullname.rpartition(".")[2].lower()
    return "settings" in last or any(map(_SETTINGS_WORD.fullmatch, last.split("_")))
