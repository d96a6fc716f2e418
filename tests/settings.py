"""Settings of the tests: the real ones, with a data folder of their own and nothing from the machine's environment."""

import os
import tempfile

for name in ("TRIVERSE_API_KEY", "MESHY_API_KEY", "SECRET_KEY", "REDIS_URL"):
    os.environ[name] = ""
for name in ("DATABASE_URL", "EMAIL_URL"):
    os.environ.pop(name, None)
if os.environ.get("PATINA_TEST_DATABASE_URL"):  # the same tests on PostgreSQL: CONTRIBUTING.md
    os.environ["DATABASE_URL"] = os.environ["PATINA_TEST_DATABASE_URL"]
os.environ["PATINA_DATA_DIR"] = tempfile.mkdtemp(prefix="patina-tests-")
os.environ["PATINA_ENGINE_SLOTS_DIR"] = f"{os.environ['PATINA_DATA_DIR']}/slots"  # each test process has its own

from dashboard.settings import *  # noqa: E402, F403

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in the product: of tables in memory a second connection is refused at once instead of waiting. Nothing
    # has to outlive a power loss here.
    DATABASES["default"]["TEST"] = {"NAME": f"{os.environ['PATINA_DATA_DIR']}/tests.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
os.environ.pop("DATABASE_URL", None)  # products in processes of their own have databases of their own
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "jobs.files.ContentStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
TRIVERSE_UPLOADS_PER_MINUTE = 0
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DOWNLOADS_AT_ONCE = 1  # in the test's own thread, where its transaction is
