"""The project's settings as the tests run them: local, a throw-away data folder, fast hashing."""

import os
import tempfile
from pathlib import Path

os.environ["CONSOLE_ENV"] = "local"
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="ptcconsole-tests-")

from ptcconsole.settings import *  # noqa: F403
from ptcconsole.settings import DATA_DIR, DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A connection that outlives its request would keep the test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: the live server's threads then meet the database that production has.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
