"""The project's settings for tests: local, a temporary data folder, a fast password hash."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# A developer's own settings are none of the tests' business.
os.environ["CONSOLE_ENV"] = "local"
os.environ["ENV_FILE"] = os.devnull
for name in ("DATABASE_URL", "CACHE_URL"):
    os.environ[name] = os.environ.get(f"TEST_{name}", "")
    if not os.environ[name]:
        del os.environ[name]
# Tests count the calls to AWS; those about sweeps turn them on.
os.environ.setdefault("SWEEP_MINUTES", "0")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="ptcconsole-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from ptcconsole.settings import *  # noqa: F403
from ptcconsole.settings import DATA_DIR, DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A connection that outlives its request would keep the test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: the live server's threads then meet the database that production has.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
    # With `--reuse-db`, tests then begin with a copy of this migrated database.
    if migrated := os.environ.get("TEST_MIGRATED_DATABASE"):
        shutil.copyfile(migrated, DATABASES["default"]["TEST"]["NAME"])
# Every test client builds the middleware anew; static files are then not listed each time.
WHITENOISE_AUTOREFRESH = True
