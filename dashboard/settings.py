"""All settings. What differs between machines comes from the environment (or `.env`), safe on a laptop as it is."""

import secrets
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("PATINA_DATA_DIR", str(BASE_DIR / "data"))).resolve()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise SystemExit(f"The data folder {DATA_DIR} cannot be made ({error.strerror}). Set PATINA_DATA_DIR.") from error


def read_or_make_secret_key(path: Path) -> str:
    """Return the key kept in `path`; make and keep one (mode 0600) the first time."""
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()


# --- Django -----------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or read_or_make_secret_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django_q",  # before ours, whose admin puts its own pages in the place of django-q2's
    "jobs",
    "dashboard",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "dashboard.views.health.answer_health_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.compression.CompressPages",
    "csp.middleware.CSPMiddleware",
    "dashboard.caching.keep_pages_private",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.door.Door",
    "dashboard.time_zones.use_viewers_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.site",
            ],
        },
    }
]

AUTH_USER_MODEL = "jobs.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Patina <patina@localhost>")

# --- Rows: SQLite tuned for several writing processes; PostgreSQL by DATABASE_URL ----------------------------------
# IMMEDIATE is what removes "database is locked"; FULL keeps a claim through a power loss.

SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA temp_store=MEMORY;"
        "PRAGMA mmap_size=134217728;PRAGMA cache_size=-20000;PRAGMA journal_size_limit=67108864;"
    ),
}
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
}
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"] |= {"CONN_MAX_AGE": None, "OPTIONS": SQLITE_OPTIONS}
else:
    # What the address says wins: postgres://...?sslmode=require&conn_max_age=60
    options = POSTGRES_OPTIONS | DATABASES["default"].get("OPTIONS", {})
    kept = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"] = kept | DATABASES["default"] | {"OPTIONS": options}

# --- Files ------------------------------------------------------------------------------------------------------

MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("PATINA_STATIC_ROOT", str(BASE_DIR / "build" / "static")))  # made from the code alone
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "jobs.files.ContentStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False  # model-viewer fetches its Draco decoder by fixed names

SAMPLE_MODEL = BASE_DIR / "build" / "sample.glb"  # made by `make setup`; else the engine makes it when it is asked for

MODEL_MAX_BYTES = env.int("MODEL_MAX_BYTES", 200_000_000)  # Triverse, Upload Files: 200 MB, read 2026-11-21
IMAGE_MAX_BYTES = env.int("IMAGE_MAX_BYTES", 50_000_000)  # Triverse, Upload Files: 50 MB, read 2026-11-21
FILE_UPLOAD_HANDLERS = ["dashboard.views.uploads.NoFiles"]  # the upload page brings its own
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"  # large uploads, on the disk where they will stay
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
IMAGE_MAX_PIXELS = 16_384 * 16_384 // 4

# --- Vendors ----------------------------------------------------------------------------------------------------
# A vendor without a key is reached at the sandbox with the key "sandbox" (jobs/vendors).

SANDBOX_URL = env.str("SANDBOX_URL", "http://127.0.0.1:8100").rstrip("/")
TRIVERSE_API_KEY = env.str("TRIVERSE_API_KEY", "")
TRIVERSE_BASE_URL = env.str("TRIVERSE_BASE_URL", "").rstrip("/")
MESHY_API_KEY = env.str("MESHY_API_KEY", "")
MESHY_BASE_URL = env.str("MESHY_BASE_URL", "").rstrip("/")
MESHY_PROFILE = env.str("MESHY_PROFILE", "current")  # "seed": the API as it was in autumn 2025
# How long a vendor's answer is waited for; 0: 20 s, and a minute where the request brings files.
VENDOR_READ_TIMEOUT_S = env.float("VENDOR_READ_TIMEOUT_S", 0.0)
CREATE_QUIET_S = env.float("CREATE_QUIET_S", 120.0)  # before a create that nobody saw may be sent again
# How many of our tasks may be at a vendor at once; 0: as many as the vendor takes. Meshy: 10, 20 or 50 by plan.
CONCURRENT_TASKS = {"triverse": env.int("TRIVERSE_CONCURRENT", 0), "meshy": env.int("MESHY_CONCURRENT", 0)}
# Requests a second that the account may make to ask how tasks are; 0: as many as it takes.
# Meshy, Rate Limits, read 2026-11-21: 20, or 100 on the largest plan; Triverse documents none for reads.
POLLS_PER_S = {"triverse": env.float("TRIVERSE_POLLS_PER_S", 15.0), "meshy": env.float("MESHY_POLLS_PER_S", 20.0)}
TRIVERSE_UPLOADS_PER_MINUTE = env.int("TRIVERSE_UPLOADS_PER_MINUTE", 10)  # 0: no pace

# --- Background work: django-q2 carries hints, our rows are the truth ------------------------------------------------

Q_CLUSTER = {
    "name": "patina",
    "workers": env.int("WORKERS", 5),
    "queue_limit": env.int("WORKERS", 5),  # prefetched messages count against `retry`
    "bulk": 1,
    "timeout": 120,  # a step that may take longer (saving files) says so itself
    "retry": 2100,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "poll": 0.2,
    "guard_cycle": 0.5,
    "catch_up": False,
    "recycle": 2000,
    "max_rss": 400_000,
    "label": "Background tasks",
    "log_level": "WARNING",
    "orm": "default",
}
# How many tasks' files one machine brings home at once, by WORKERS - 3 of its processes (jobs/saving_rounds.py).
DOWNLOADS_AT_ONCE = env.int("DOWNLOADS_AT_ONCE", 8)
# Redis may carry the hints instead of the database: a little sooner, and now and then one is lost, which the sweep
# sends again (docs/settings.md).
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    Q_CLUSTER = {name: value for name, value in Q_CLUSTER.items() if name != "orm"} | {"redis": REDIS_URL}

# --- Security ---------------------------------------------------------------------------------------------------

HTTPS = env.bool("PATINA_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many proxies of ours stand before us, each of which adds to X-Forwarded-For: whom tries are counted for.
PROXIES = env.int("PROXIES", 0)
# Wrong passwords are counted for user name and network address together: nobody locks a colleague out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying while it rests does not make it longer
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "dashboard.network.get_valid_address"
AXES_LOCKOUT_CALLABLE = "dashboard.views.account.render_locked"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]  # `next` may be an invitation
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "dashboard.views.errors.csrf_failure"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# The <style> in the shadow root of model-viewer 4.4.0's minified build; a browser test asserts no violation.
MODEL_VIEWER_STYLE_HASH = "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, "'wasm-unsafe-eval'"],  # Draco and meshopt decoders
        "style-src": [SELF, MODEL_VIEWER_STYLE_HASH],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, "blob:"],  # textures inside a GLB
        "worker-src": [SELF, "blob:"],  # Draco
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"plain": {"()": "dashboard.log_lines.PlainRefusals"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["plain"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django-q": {"level": "WARNING"}, "urllib3": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}
