"""The fields of pydantic's settings classes, of its first and second generation: which variable
each is read from, and what its text is to become."""

import traceback

# What a part of a type's name says of the text, the likelier first. A value `scheme:amqp` is an
# address of that scheme, and `one:production` exactly that text.
_PARTS = (
    ("list[", "json"),
    ("set[", "json"),
    ("tuple[", "json"),
    ("dict[", "dict"),
    ("postgres", "postgres"),
    ("cockroach", "postgres"),
    ("redis", "redis"),
    ("mysql", "scheme:mysql"),
    ("mariadb", "scheme:mariadb"),
    ("amqp", "scheme:amqp"),
    ("mongo", "scheme:mongodb"),
    ("kafka", "scheme:kafka"),
    ("nats", "scheme:nats"),
    ("float", "int"),
    ("decimal", "int"),
    ("bytesize", "int"),
    ("email", "email"),
    ("directorypath", "one:/tmp"),
    ("path_type='dir'", "one:/tmp"),
    ("filepath", "one:/etc/passwd"),
    ("path_type='file'", "one:/etc/passwd"),
    ("ipvany", "one:127.0.0.1"),
    ("ipv4", "one:127.0.0.1"),
    ("uuid", "one:00000000-0000-4000-8000-000000000000"),
    ("timedelta", "one:1"),
    ("date", "one:2000-01-01"),
    ("dsn", "http"),
    ("url", "http"),
)
_COLLECTIONS = {list: "json", set: "json", tuple: "json", frozenset: "json", dict: "dict"}
# Of several values those that an app is served with.
_LIVE = ("production", "prod", "live")


def settings_class(error):
    """The settings class that an exception of pydantic was raised for; None where there is none."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for name in ("__pydantic_self__", "self"):
            kind = type(frame.f_locals.get(name))
            if any(each.__name__ == "BaseSettings" for each in kind.__mro__):
                return kind
    return None


def fields_of(settings):
    """The fields of a settings class by their names."""
    fields = getattr(settings, "model_fields", None)
    return settings.__fields__ if fields is None else fields


def variable_of(settings, place):
    """The environment variable of the field at `place`, the keys that lead to it."""
    name = str(place[0])
    config = getattr(settings, "model_config", None)
    if config is None:
        # pydantic 1 keeps the names with each field.
        config = vars(settings.__config__)
        field = settings.__fields__.get(name)
        names = field.field_info.extra.get("env_names") if field is not None else None
        return sorted(names)[0].upper() if names else name.upper()
    field = fields_of(settings).get(name)
    if field is not None and getattr(field, "validation_alias", None) is None:
        name = (config.get("env_prefix") or "") + name
    delimiter = config.get("env_nested_delimiter")
    if delimiter:
        name = delimiter.join([name] + [str(part) for part in place[1:]])
    return name if config.get("case_sensitive") else name.upper()


def cast_of(settings, place):
    """What the text of the field at `place` is to become; empty where that is not known."""
    fields = fields_of(settings)
    field = fields.get(str(place[0]))
    if field is None:
        named = [each for each in fields.values() if place[0] == getattr(each, "alias", None)]
        field = named[0] if named else None
    kind = getattr(field, "annotation", None) or getattr(field, "outer_type_", None)
    if kind is None or len(place) > 1:
        return ""
    return _cast(_alone(kind), str(getattr(field, "metadata", None) or ""))


def _cast(kind, more):
    """By the type, and by what else is said of the field."""
    if kind in (bool, int):
        return kind.__name__
    if kind in _COLLECTIONS:
        return _COLLECTIONS[kind]
    values = _values(kind)
    if values:
        live = [each for each in values if each.lower() in _LIVE]
        return "one:{}".format((live or values)[0])
    # What a class is made of tells more than its own name.
    is_class = isinstance(kind, type) and not hasattr(kind, "__origin__")
    names = [each.__name__ for each in kind.__mro__[:-1]] if is_class else [str(kind)]
    for lowered in [name.lower() for name in [*names, more]]:
        for part, cast in _PARTS:
            if part in lowered:
                return cast
    return ""


def _alone(kind):
    """The type that may also be None."""
    if "Union" in type(kind).__name__ or "Union" in str(getattr(kind, "__origin__", "")):
        others = [each for each in kind.__args__ if each is not type(None)]
        return others[0] if len(others) == 1 else kind
    return kind


def _values(kind):
    """The texts of an enumeration or of `Literal`; none for another type."""
    if "Literal" in str(getattr(kind, "__origin__", "")):
        members = kind.__args__
    else:
        members = [each.value for each in getattr(kind, "__members__", {}).values()]
    return [each for each in members if isinstance(each, str)]
