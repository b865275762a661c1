"""All settings, from the environment or a `.env` file beside manage.py (or another, `ENV_FILE`).

Live AWS and production are the defaults; everything looser must be asked for. `.env.example` and
the README's table list every variable read here, and a test compares the three.
"""

import os
import secrets
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))


def _kept_key(path: Path) -> str:
    """Read a key of this installation; make it the first time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii").strip()


# --- Where and how the console runs -------------------------------------------------------------

CONSOLE_ENV = env.str("CONSOLE_ENV", default="production")
if CONSOLE_ENV not in ("production", "local"):
    raise ImproperlyConfigured(f"CONSOLE_ENV is {CONSOLE_ENV!r}; it must be production or local.")
IS_PRODUCTION = CONSOLE_ENV == "production"

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")

# The tests and `manage.py check` need no key that outlives them; a server does. (A default of
# environ's own must not begin with a dollar sign, which it takes for another variable's name.)
SECRET_KEY = env.str("SECRET_KEY", default="" if IS_PRODUCTION else secrets.token_urlsafe(50))
# Seals the audit trail; kept apart from the database, and from the key that signs cookies.
AUDIT_KEY = env.str("AUDIT_KEY", default="")
if not AUDIT_KEY and not IS_PRODUCTION:
    AUDIT_KEY = _kept_key(DATA_DIR / "audit_key")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["127.0.0.1", "localhost"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)

# --- AWS ----------------------------------------------------------------------------------------

# The simulation has to be asked for, and then says so on every page. Its address is boto3's own
# AWS_ENDPOINT_URL; credentials come from boto3's own chain either way.
SIMULATED_AWS = env.bool("SIMULATED_AWS", default=False)
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="")

# --- Alerts -------------------------------------------------------------------------------------

# Where the console is reached, for the links in alerts.
CONSOLE_URL = env.str("CONSOLE_URL", default="")
ALERT_EMAIL = env.list("ALERT_EMAIL", default=[])
ALERT_FROM = env.str("ALERT_FROM", default="ptcconsole@localhost")
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", default="")
_MAIL = env.email_url("EMAIL_URL", default="consolemail://")
globals().update(_MAIL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ALERT_FROM
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


def _alert_problems() -> list[str]:
    """Why alerts could not be sent, or not safely."""
    problems = []
    allowed = ("https://",) if IS_PRODUCTION else ("https://", *_LOOPBACK)
    if ALERT_WEBHOOK_URL and not ALERT_WEBHOOK_URL.startswith(allowed):
        problems.append("ALERT_WEBHOOK_URL must begin with https://.")
    if CONSOLE_URL and not CONSOLE_URL.startswith(allowed):
        problems.append("CONSOLE_URL must begin with https://.")
    if IS_PRODUCTION and ALERT_EMAIL and _MAIL["EMAIL_BACKEND"].endswith("console.EmailBackend"):
        problems.append("ALERT_EMAIL is set, but EMAIL_URL does not name a mail server.")
    return problems


def _refuse_unsafe() -> None:
    """Stop before a server starts that would be open or would pretend to be real."""
    problems = []
    if IS_PRODUCTION and SIMULATED_AWS:
        problems.append("SIMULATED_AWS is on: the simulation is for CONSOLE_ENV=local only.")
    if SIMULATED_AWS and not AWS_ENDPOINT_URL.startswith(
        ("http://127.0.0.1:", "http://localhost:")
    ):
        problems.append(
            "SIMULATED_AWS is on, but AWS_ENDPOINT_URL is not the loopback address of the"
            " simulation, such as http://127.0.0.1:5000."
        )
    if IS_PRODUCTION and DEBUG:
        problems.append("DEBUG is on: its error pages show what nobody should see.")
    if IS_PRODUCTION and len(SECRET_KEY) < 50:
        problems.append("SECRET_KEY is missing or shorter than 50 characters.")
    if IS_PRODUCTION and (len(AUDIT_KEY) < 50 or AUDIT_KEY == SECRET_KEY):
        problems.append("AUDIT_KEY is missing, shorter than 50 characters, or the SECRET_KEY.")
    if IS_PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
        problems.append("ALLOWED_HOSTS must name the host names of this console, without '*'.")
    problems += _alert_problems()
    if problems:
        raise ImproperlyConfigured("The console does not start: " + " ".join(problems))


_refuse_unsafe()

# --- Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "wizard",
]

MIDDLEWARE = [
    # Outermost, so that refused hosts, oversized requests and crashes have these headers too.
    "csp.middleware.CSPMiddleware",  # guard: H1
    "wizard.middleware.ResponseHeadersMiddleware",  # guard: H1
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wizard.middleware.RequestLimitsMiddleware",  # guard: H3 I6
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wizard.middleware.ConsoleErrorMiddleware",
]

ROOT_URLCONF = "ptcconsole.urls"
WSGI_APPLICATION = "ptcconsole.wsgi.application"

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
                "wizard.context_processors.console",
            ],
        },
    },
]

# --- Data ---------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'console.sqlite3'}")
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {"default": env.cache_url_config(CACHE_URL or "locmemcache://")}

# --- Background work ----------------------------------------------------------------------------

# The queue is a table beside the rows that say what is to be done; `manage.py db_worker` works it
# off.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- People and their sessions ------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# A cache of one process alone would hand out stale sessions to another, so the database is asked
# unless a shared cache is configured.
SESSION_ENGINE = f"django.contrib.sessions.backends.{'cached_db' if CACHE_URL else 'db'}"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
if IS_PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Web ----------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# What one request may hold. The most that the pages send is every rule of every Region selected,
# 34 times 50, and a token of 60,000 characters; files are sent nowhere.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 1

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
if IS_PRODUCTION:
    STATIC_ROOT = DATA_DIR / "static"
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
else:
    WHITENOISE_USE_FINDERS = True

# --- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en-us")
LANGUAGES = [("en", _("English"))]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

# --- Logs ---------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "ptcconsole.logs.OneLineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # At DEBUG, botocore writes request bodies, and with them an upstream token, into the log.
    "loggers": {name: {"level": "WARNING"} for name in ("botocore", "boto3", "urllib3")},
}
