"""GeoDjango on SQLite: a `sqlite3` that can load SpatiaLite, where this Python's own cannot."""

import os
import sys


def prepare():
    """Have `import sqlite3` give pysqlite3 where the database is SpatiaLite, the standard module
    was compiled without the loading of extensions, and pysqlite3 is installed."""
    if not os.environ.get("DATABASE_URL", "").startswith("spatialite:"):
        return
    import sqlite3

    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return
    try:
        import pysqlite3
        from pysqlite3 import dbapi2
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = dbapi2


def attach(module):
    """Have `django.contrib.gis.db.backends.spatialite.base`, given as a module, make the tables of
    SpatiaLite 4 and not all of SpatiaLite 5: among the others, which Django does not use, are
    triggers that make every later ALTER TABLE fail
    (https://code.djangoproject.com/ticket/32935)."""
    prepare_database = module.DatabaseWrapper.prepare_database

    def prepare_smaller_database(self):
        with self.cursor() as cursor:
            cursor.execute("PRAGMA table_info(geometry_columns)")
            if not cursor.fetchall():
                cursor.execute("SELECT InitSpatialMetaData(1)")
        prepare_database(self)

    module.DatabaseWrapper.prepare_database = prepare_smaller_database
