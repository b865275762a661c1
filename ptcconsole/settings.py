"""All settings, from the environment or a `.env` file (ENV_FILE).

The defaults are live AWS and production. `.env.example` and the table in OPERATIONS.md list every
variable that is read here. A test compares the three.
"""

import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ptcconsole import concurrency, databases, locations, logging_config
from ptcconsole.environment import Env
from ptcconsole.unsafe_settings import problems_of

BASE_DIR, MANAGE_COMMAND = locations.BASE_DIR, locations.MANAGE
env = Env()
Env.read_env(env.str("ENV_FILE", default=str(locations.default_env_file())))

# --- Where and how the console runs -------------------------------------------------------------

CONSOLE_ENV = env.str("CONSOLE_ENV", default="production")
if CONSOLE_ENV not in ("production", "local"):
    raise ImproperlyConfigured(f"CONSOLE_ENV is {CONSOLE_ENV!r}; it must be production or local.")
IS_PRODUCTION = CONSOLE_ENV == "production"

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(locations.default_data_dir())))
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
# Where the pages' processes and the background worker offer metrics; nowhere by default.
METRICS_BIND = env.str("METRICS_BIND", default="")
WORKER_METRICS_BIND = env.str("WORKER_METRICS_BIND", default="")

# Outside production a random key suffices for tests and `manage.py check`. token_urlsafe never
# begins with a dollar sign, which environ would expand as the name of a variable.
SECRET_KEY = env.str("SECRET_KEY", default="" if IS_PRODUCTION else secrets.token_urlsafe(50))
# Seals the audit trail. It is separate from the database and from SECRET_KEY.
AUDIT_KEY = env.str("AUDIT_KEY", default="")
if not AUDIT_KEY and not IS_PRODUCTION:
    AUDIT_KEY = locations.kept_key(DATA_DIR / "audit_key")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["127.0.0.1", "localhost"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# None if nobody has decided it: a production console says so when it starts.
TLS_PROXY_AS_SET = env.bool("BEHIND_TLS_PROXY", default=None)
BEHIND_TLS_PROXY = bool(TLS_PROXY_AS_SET)

# --- AWS ----------------------------------------------------------------------------------------

# With the simulation, every page has a badge. Its address is boto3's own AWS_ENDPOINT_URL, and
# credentials come from boto3's own chain, as with live AWS.
SIMULATED_AWS = env.bool("SIMULATED_AWS", default=False)
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="")
# The Regions in use of accounts that have none of their own; empty for all.
REGIONS_IN_USE = [code for each in env.list("REGIONS_IN_USE", default=[]) if (code := each.strip())]
# Whether people may test a credential at its upstream registry. With the simulation, loopback
# addresses stand for the registries, by host name, and no other host is asked.
UPSTREAM_TESTS = env.bool("UPSTREAM_TESTS", default=True)
SIMULATED_UPSTREAMS = env.dict("SIMULATED_UPSTREAMS", default={})

# --- Data ---------------------------------------------------------------------------------------

DATABASES = {
    "default": databases.connected(
        env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'console.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {"default": env.cache_url_config(CACHE_URL or "locmemcache://")}
if CACHES["default"]["BACKEND"].endswith(".RedisCache"):  # guard: B1
    CACHES["default"]["BACKEND"] = "ptcconsole.cache.SessionCache"

# The rules of each account are read again in the background, so often; 0 for never.
SWEEP_MINUTES = env.int("SWEEP_MINUTES", default=15)

# What processes the queues of background work: the database, or Celery with its broker.
TASKS_ENGINE = env.str("TASKS_ENGINE", default="database")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")

# --- Alerts -------------------------------------------------------------------------------------

# The console's own address, for the links in alerts.
CONSOLE_URL = env.str("CONSOLE_URL", default="")
ALERT_EMAIL = env.list("ALERT_EMAIL", default=[])
ALERT_FROM = env.str("ALERT_FROM", default="ptcconsole@localhost")
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", default="")
ALERT_WEBHOOK_SECRET = env.str("ALERT_WEBHOOK_SECRET", default="")
ALERT_APPRISE_URLS = env.str("ALERT_APPRISE_URLS", default="")
globals().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ALERT_FROM

# --- Single sign-on -----------------------------------------------------------------------------

# An OpenID Connect provider; off without OIDC_ISSUER. With OIDC_GRANTS, its groups decide grants.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_SCOPES = env.str("OIDC_SCOPES", default="openid email profile")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GRANTS = env.str("OIDC_GRANTS", default="")
# How long these grants last after a sign-in. The provider does not report removed people.
OIDC_GRANTS_HOURS = env.int("OIDC_GRANTS_HOURS", default=168)

if problems := problems_of(globals()):
    raise ImproperlyConfigured("The console does not start: " + " ".join(problems))

if DATABASES["default"]["ENGINE"] == databases.SQLITE:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
# Each language has its own name, which its speakers recognise on a page in another one.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "wizard" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

# --- Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "template_partials",  # wraps the template loaders, so that "page.html#fragment" is a template
    "wizard",
]

MIDDLEWARE = [
    "wizard.web.request_ids.RequestIdMiddleware",  # before all that writes to the log
    # So early that refused hosts, oversized requests and errors have these headers too.
    "csp.middleware.CSPMiddleware",  # guard: H1 H8
    "wizard.web.middleware.ResponseHeadersMiddleware",  # guard: H1
    "wizard.web.liveness.LivenessMiddleware",  # before all that may refuse or redirect a probe
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wizard.web.language.LanguageMiddleware",  # before all that render a page
    "wizard.web.compression.CompressionMiddleware",
    "wizard.web.middleware.RequestLimitsMiddleware",  # guard: H3 I6
    "wizard.web.expiry.ExpiredCredentialsMiddleware",  # guard: S11
    "wizard.gate.tokens.ApiTokenMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",  # guard: H3
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wizard.gate.tokens.ApiTokenUserMiddleware",
    "wizard.gate.middleware.SessionLimitsMiddleware",  # guard: Z8
    "wizard.web.preferences.PreferencesMiddleware",
    "wizard.gate.middleware.OriginMiddleware",
    "wizard.gate.middleware.SignInRequiredMiddleware",
    "wizard.web.kept_answers.KeptAnswersMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wizard.web.recent.RecentRegionsMiddleware",
    "wizard.web.middleware.ConsoleErrorMiddleware",
    "wizard.gate.middleware.AccessMiddleware",  # guard: Z1 Z2 Z3 Z9 W9
    "axes.middleware.AxesMiddleware",
    "wizard.web.waiting.WaitingMiddleware",  # guard: F20
]

ROOT_URLCONF = "ptcconsole.urls"
WSGI_APPLICATION = "ptcconsole.wsgi.application"
# The console is at the root of its host. A server that takes SCRIPT_NAME from a request's header
# must not change addresses, which are cached for all people.
FORCE_SCRIPT_NAME = ""  # guard: H6

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [locations.TEMPLATES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wizard.web.context.console",
            ],
            # Available without a {% load %}; {% partialdef %} and {% partial %} are so in Django 6.
            "builtins": [
                "template_partials.templatetags.partials",
                "wizard.templatetags.icons",
                "wizard.templatetags.moments",
                "wizard.templatetags.widgets",
            ],
        },
    },
]

# --- Background work ----------------------------------------------------------------------------

# How many tasks of each queue a worker does at once. One with 0 is left to other workers.
WORKER_CONCURRENCY = concurrency.of_queues(env.str("WORKER_CONCURRENCY", default=""))
# The queues are in a table of the database, or in a broker; `manage.py worker` processes each on
# its own.
USES_CELERY = TASKS_ENGINE == "celery"
TASKS = {
    "default": {
        "BACKEND": (
            "wizard.engine.celery_backend.CeleryBackend"
            if USES_CELERY
            else "django_tasks_db.DatabaseBackend"
        ),
        "QUEUES": list(WORKER_CONCURRENCY),
    }
}

# --- People and their sessions ------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses locked accounts  # guard: Z7
    "wizard.gate.passwords.PasswordBackend",
    *(["wizard.gate.single_sign_on_backend.SingleSignOnBackend"] if OIDC_ISSUER else []),
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# The idle and absolute limits of a session, and how long a confirmation of identity suffices for
# irreversible actions.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
REAUTH_MINUTES = env.int("REAUTH_MINUTES", default=30)

# The limits of failed sign-ins per account and per address, and how long they lock.
SIGN_IN_TRIES_ACCOUNT = env.int("SIGN_IN_TRIES_ACCOUNT", default=10)
SIGN_IN_TRIES_ADDRESS = env.int("SIGN_IN_TRIES_ADDRESS", default=50)
SIGN_IN_PAUSE_MINUTES = env.int("SIGN_IN_PAUSE_MINUTES", default=15)
AXES_HANDLER = "wizard.gate.throttling.ThrottleHandler"
AXES_FAILURE_LIMIT = 1  # the handler returns 1 when one of its two limits is reached
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_USERNAME_CALLABLE = "wizard.gate.throttling.account_of"
AXES_CLIENT_IP_CALLABLE = "wizard.gate.addresses.throttled_address"
AXES_LOCKOUT_CALLABLE = "wizard.gate.throttling.too_many"
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_PAUSE_MINUTES)
# Further attempts during a lock do not extend it.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_ENABLE_ADMIN = False

# A per-process cache would return stale sessions, so sessions are cached only in a shared cache.
SESSION_ENGINE = f"django.contrib.sessions.backends.{'cached_db' if CACHE_URL else 'db'}"
# A day longer than the session, so that a step of the wizard that is sent too late is kept.
SESSION_COOKIE_AGE = SESSION_HOURS * 3600 + 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # guard: H7 H8
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION  # guard: H7
LANGUAGE_COOKIE_NAME = "__Host-language" if IS_PRODUCTION else "language"
if IS_PRODUCTION:  # guard: H7
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Web ----------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = IS_PRODUCTION  # guard: P3
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0  # guard: H1 H8
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
if BEHIND_TLS_PROXY:  # guard: H6
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# Limits of one request. The largest form has 1,700 selected rules (34 Regions with 50 rules), or a
# token of 60,000 characters. A form with a text of up to 1 MB takes twice as much, so that a longer
# one is refused at its field, with the text. One form uploads a file.
MOST_FORM_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MOST_FORM_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 1

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],  # guard: H1
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],  # guard: H1
        "base-uri": [NONE],  # guard: H1
        "frame-ancestors": [NONE],  # guard: H1
    }
}

STATIC_URL = "static/"
STATICFILES_DIRS = [locations.STATIC]
STATICFILES_FINDERS = [
    "ptcconsole.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# No CORS header for static files.
WHITENOISE_ALLOW_ALL_ORIGINS = False  # guard: H1
if IS_PRODUCTION:
    STATIC_ROOT = DATA_DIR / "static"
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "ptcconsole.collected.CollectedStorage"},
    }
    # Pages have the hashed names only; to compress each file twice takes twice as long.
    WHITENOISE_KEEP_ONLY_HASHED_FILES = True
else:
    WHITENOISE_USE_FINDERS = True

# --- Logs and reports of errors -----------------------------------------------------------------

LOGGING = logging_config.configuration(LOG_LEVEL, LOG_FORMAT)
DEFAULT_EXCEPTION_REPORTER = "ptcconsole.error_reports.ConsoleReporter"  # guard: S2
DEFAULT_EXCEPTION_REPORTER_FILTER = "ptcconsole.error_reports.ConsoleReporterFilter"  # guard: S2
