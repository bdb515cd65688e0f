"""Settings: one file, by the environment alone; every default runs."""

import datetime as dt
import logging
import sys
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from planmanager.secrets import EnvironmentAndFiles, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.ENVIRON = EnvironmentAndFiles()

# --- Where things are kept ------------------------------------------------------------------------------------
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

# --- What this is ---------------------------------------------------------------------------------------------
# In production nothing starts with a setting that is only for trying out (planmanager/checks.py).
PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)

# --- Secrets --------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(VAR_DIR / "secret_key", get_random_secret_key)
# Newest first: the first encrypts, all decrypt.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEYS", default=[]) or kept_secret(
    VAR_DIR / "credentials_keys", lambda: Fernet.generate_key().decode()
).split(",")
# Those of them that nobody set: made here, and known to this folder alone.
MADE_SECRETS = [name for name in ("SECRET_KEY", "CREDENTIALS_KEYS") if not env.str(name, default="")]

# --- Addresses ------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "planmanager.apps.PlanManagerConfig",
    "claims360_link.apps.Claims360LinkConfig",
    "dossiers.apps.DossiersConfig",
    "repairers.apps.RepairersConfig",
    "planmanager.apps.OptionsConfig",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "planmanager.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "repairers.tracing.TracingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "repairers.whence.WhenceMiddleware",
    "repairers.language.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "repairers.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "planmanager.privacy.NothingKeptMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "planmanager.urls"
WSGI_APPLICATION = "planmanager.wsgi.application"

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
                "planmanager.shell.shell",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database -------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'planmanager.sqlite3'}")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASE.setdefault("CONN_MAX_AGE", env.int("DATABASE_CONN_MAX_AGE", default=60))
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # seconds; a page says so then
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- Who ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "repairers.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "repairers.helpdesk.HelpdeskBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RULES = {
    "UserAttributeSimilarityValidator": {},
    "MinimumLengthValidator": {"min_length": 12},
    "CommonPasswordValidator": {},
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in PASSWORD_RULES.items()
]
# Guessing: five wrong passwords for one name from one address, then a quarter of an hour's wait.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "repairers.login.locked_out"
AXES_CLIENT_IP_CALLABLE = "repairers.login.client_address"
AXES_VERBOSE = False  # no line at every start
# The log says who tried; a password is never written, whatever stands here.
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_DISABLE_ACCESS_LOG = True  # the log of the process has it
AXES_ENABLE_ADMIN = False  # repairers/admin.py shows it without what was posted
# The helpdesk sees every repairer: it gives the code of a telephone app too.
HELPDESK_SECOND_FACTOR = env.bool("HELPDESK_SECOND_FACTOR", default=PRODUCTION)
OTP_TOTP_ISSUER = "PlanManager"

# --- Who, by OpenID Connect (repairers/oidc.py) -----------------------------------------------------------------
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_NAME = env.str("OIDC_NAME", default="OpenID Connect")
OIDC_RP_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_RP_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_OP_AUTHORIZATION_ENDPOINT = env.str("OIDC_AUTHORIZATION_URL", default="")
OIDC_OP_TOKEN_ENDPOINT = env.str("OIDC_TOKEN_URL", default="")
OIDC_OP_USER_ENDPOINT = env.str("OIDC_USER_URL", default="")
OIDC_OP_JWKS_ENDPOINT = env.str("OIDC_KEYS_URL", default="")
OIDC_RP_SCOPES = env.str("OIDC_SCOPES", default="openid profile email")
OIDC_SITES_CLAIM = env.str("OIDC_SITES_CLAIM", default="sites")
OIDC_ROLE_CLAIM = env.str("OIDC_ROLE_CLAIM", default="role")
OIDC_HELPDESK_ROLE = env.str("OIDC_HELPDESK_ROLE", default="")
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10  # seconds, of each request to the provider
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("repairers.oidc.ProviderBackend")

# --- Sessions, cookies, headers -------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if HTTPS else 0)  # ours, before the web server
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from beside it, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
# Pages that may show this one in a frame, as origins; by default none may.
FRAME_ANCESTORS = env.list("FRAME_ANCESTORS", default=["'none'"])
# Whether one of them is of another site: cookies go there too, one jar a site that shows us.
FRAME_OF_OTHER_SITE = env.bool("FRAME_OF_OTHER_SITE", default=False)
SECURE_COOKIES = HTTPS or FRAME_OF_OTHER_SITE  # a browser takes no other in a frame
COOKIE_PREFIX = "__Host-" if SECURE_COOKIES else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # seconds from the login on, whatever is done meanwhile (repairers/login.py)
if FRAME_OF_OTHER_SITE:
    MIDDLEWARE.insert(0, "repairers.framing.PartitionedCookiesMiddleware")
X_FRAME_OPTIONS = "DENY" if FRAME_ANCESTORS == ["'none'"] else "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": FRAME_ANCESTORS,
    }
}

# --- Languages ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["planmanager.formats"]
TIME_ZONE = "Europe/Brussels"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- Files ----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "files"  # without a bucket the photos too; what is half fetched in any case
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "dossiers.store.folder.Folder"},
    "staticfiles": {"BACKEND": "planmanager.one_sheet.OneSheet"},
}
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_SERVER = {
    "endpoint": env.str("S3_ENDPOINT_URL", default=""),
    "region": env.str("S3_REGION", default=""),
    "access_key": env.str("S3_ACCESS_KEY", default=""),
    "secret_key": env.str("S3_SECRET_KEY", default=""),
}
if S3_BUCKET:
    bucket = {"name": S3_BUCKET, **S3_SERVER}
    STORAGES["default"] = {"BACKEND": "dossiers.store.bucket.Bucket", "OPTIONS": bucket}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "planmanager.uploading.NamelessFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- Background work (planmanager/celery.py says what is done when) ---------------------------------------------
TELL_WORKERS = "planmanager.celery.tell"  # loaded once there is something to tell
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = (
    60  # seconds; a process that a busy machine has not started after 4 was killed
)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = sys.maxsize  # tasks; Celery would open a connection for each (planmanager/celery.py)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Workers take from their queues in turn: what a person asked for waits for no round.
CELERY_TASK_ROUTES = {
    "claims360_link.tasks.sync_portion": {"queue": "rounds"},
    "claims360_link.tasks.fetch_photos": {"queue": "photos"},
}
CELERY_TASK_DEFAULT_QUEUE = "link"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
SYNC_EVERY = 15 * 60  # seconds, at each full one of the hour
if CELERY_BROKER_URL.startswith("filesystem:"):
    MESSAGES_DIR = VAR_DIR / "broker"
    for folder in ("messages", "control"):
        (MESSAGES_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(MESSAGES_DIR / "messages"),
        "data_folder_out": str(MESSAGES_DIR / "messages"),
        "control_folder": str(MESSAGES_DIR / "control"),
        "polling_interval": 0.05,  # seconds; what a click waits for at most
    }
else:
    # A dead broker must not hold up a page: publishing gives up soon, and the next round picks the work up.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
    CELERY_WORKER_DISABLE_PREFETCH = True  # what a process is not free for, another worker may do
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}

# --- How long things are kept, in days; 0: for good (planmanager/retention.py) -----------------------------------
KEEP_QUIET_RUNS_DAYS = env.int("KEEP_QUIET_RUNS_DAYS", default=7)
KEEP_RUNS_DAYS = env.int("KEEP_RUNS_DAYS", default=90)
KEEP_MISSIONS_DAYS = env.int("KEEP_MISSIONS_DAYS", default=0)
KEEP_PHOTOS_DAYS = env.int("KEEP_PHOTOS_DAYS", default=0)
KEEP_MESSAGES_DAYS = env.int("KEEP_MESSAGES_DAYS", default=90)
KEEP_TRAIL_DAYS = env.int("KEEP_TRAIL_DAYS", default=0)

# --- Claims360 ------------------------------------------------------------------------------------------------
CLAIMS360_API_URL = env.str("CLAIMS360_API_URL", default="http://127.0.0.1:9360/v1")
CLAIMS360_KEY_HEADER = env.str("CLAIMS360_KEY_HEADER", default="X-Api-Key")
CLAIMS360_BODYSHOP_HEADER = env.str("CLAIMS360_BODYSHOP_HEADER", default="X-Bodyshop-Id")
CLAIMS360_CONNECT_TIMEOUT = env.float("CLAIMS360_CONNECT_TIMEOUT", default=5.0)  # seconds
CLAIMS360_READ_TIMEOUT = env.float("CLAIMS360_READ_TIMEOUT", default=20.0)  # seconds
CLAIMS360_REQUESTS_PER_SECOND = env.float("CLAIMS360_REQUESTS_PER_SECOND", default=20.0)  # of one body shop
CLAIMS360_PAGE_SIZE = env.int("CLAIMS360_PAGE_SIZE", default=200)

# --- Winformex II, which takes something only while Claims360 is not active -------------------------------------------
# "" in production unless it is set: nothing can be sent there.
WINFORMEX_URL = env.str("WINFORMEX_URL", default="" if PRODUCTION else "http://127.0.0.1:9360/winformex")
WINFORMEX_TOKEN = env.str("WINFORMEX_TOKEN", default="")
# What it sends, of one token, in one process or CACHE_URL; a program that repeats itself holds nobody up.
WINFORMEX_DOCUMENTS_PER_MINUTE = env.int("WINFORMEX_DOCUMENTS_PER_MINUTE", default=600)

# --- The API, for programs ------------------------------------------------------------------------------------------
# Of one token, in one process or CACHE_URL.
API_READS_PER_MINUTE = env.int("API_READS_PER_MINUTE", default=600)
API_WRITES_PER_MINUTE = env.int("API_WRITES_PER_MINUTE", default=60)
REST_FRAMEWORK = {  # what else its views have in common stands in repairers/api/views.py
    "DEFAULT_SCHEMA_CLASS": "planmanager.api.schema.Schema",
    "EXCEPTION_HANDLER": "planmanager.api.problems.answer",
    "URL_FORMAT_OVERRIDE": None,  # what is answered goes by Accept alone
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PlanManager · Claims360",
    "DESCRIPTION": "Missions, quotes, photos, dossiers and transmissions, for programs.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DossierStatus": "dossiers.models.dossier.DossierStatus",
        "MissionState": "dossiers.models.MissionState",
        "OrderState": "dossiers.models.order.OrderState",
        "QuoteState": "dossiers.models.QuoteState",
        "SendState": "dossiers.models.transmission.SendState",
        "Source": "dossiers.models.Source",
        "WantedStatus": "dossiers.api.dossier_documents.STATUSES",
    },
    "PREPROCESSING_HOOKS": ["planmanager.api.schema.of_this_version"],
}

# --- Options of the whole database, edited in admin ---------------------------------------------------------------
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_SUPERUSER_ONLY = False  # the helpdesk edits them
CONSTANCE_ADDITIONAL_FIELDS = {
    "queueing": ["dossiers.options.QueueingField", {}],
    "excludes": ["dossiers.options.ExcludesField", {"required": False}],
}
CONSTANCE_CONFIG = {
    "CLAIMS360_ENABLED": (
        False,
        _("Claims360 is active for this database: the tab shows, nothing leaves for Winformex II"),
        bool,
    ),
    "INFORMEX_QUEING": (
        "missions",
        _("What waits in the queue; the rest goes straight to a dossier"),
        "queueing",
    ),
    "INFORMEX_EXCLUDES": (
        "",
        _("What is kept out of the queue: one rule a line, field = pattern"),
        "excludes",
    ),
}

# --- Modules and pages that live elsewhere --------------------------------------------------------------------
SHELL_MODULES = {"pointage": env.str("POINTAGE_URL", default="")}
HELP_VIDEO_CONFIGURE_URL = env.str("HELP_VIDEO_CONFIGURE_URL", default="")
HELP_VIDEO_KEYS_URL = env.str("HELP_VIDEO_KEYS_URL", default="")
BACK_URL = env.str("BACK_URL", default="")
HELPDESK_EMAIL = env.str("HELPDESK_EMAIL", default="support@solera.com")
INFORMEX_EMAIL = env.str("INFORMEX_EMAIL", default="support@informex.be")

# --- E-mail: messages to the staff of a repairer, for whoever wants them so (repairers/mail.py) -------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_ON = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="planmanager@localhost")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")  # what a mail leads back to

# --- Errors -------------------------------------------------------------------------------------------------------
DEFAULT_EXCEPTION_REPORTER_FILTER = "planmanager.privacy.NoValues"

# --- Figures (planmanager/metrics.py) -----------------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # "": read on this machine alone

# --- Logging --------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="line")  # or json
if LOG_FORMAT == "json":
    logging.captureWarnings(True)  # each is then a document, too
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "planmanager.logs.OneLine",
            "format": "{asctime} {levelname} {name} {request_id} {message}",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "style": "{",
        },
        "json": {"()": "planmanager.logs.OneDocument"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "constance.migrations": {"level": "WARNING"},  # it tells of a table that never was
        # in place of its own, which masks nothing
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
    },
}
