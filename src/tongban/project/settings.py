"""Settings of an installation, read from the environment; safe where nothing is said.

`docs/reference/settings.md` lists every variable. Tests use `settings_test`, which changes only what tests need.
"""

import json
import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from tongban.project.cluster import NAME
from tongban.project.installation import installation
from tongban.project.logs import logging_config

SRC = Path(__file__).resolve().parents[1]
PLACE = installation()


def _said(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


# -- what the outside says ---------------------------------------------------------------------------

DEBUG = _said("TONGBAN_DEBUG")
SECRET_KEY = PLACE.secret_key()
SECRET_KEY_FALLBACKS = _list("TONGBAN_OLD_SECRET_KEYS")
ALLOWED_HOSTS = _list("TONGBAN_HOSTS", "localhost,127.0.0.1,[::1]")
TONGBAN_TLS = _said("TONGBAN_TLS")
TONGBAN_PROXIES = int(os.environ.get("TONGBAN_PROXIES", "0"))
"""How many reverse proxies of ours stand in front; their X-Forwarded-* headers are believed, nobody else's."""
TONGBAN_FILES = PLACE.files
TONGBAN_STATISTICS = PLACE.statistics
"""Columnar copies of the events, for statistics; nodes of one installation share the folder."""
TONGBAN_CATALOGUE = PLACE.catalogue
"""Copies of the whole public catalogue for download; nodes of one installation share the folder."""
TONGBAN_LEDGER_DIR = PLACE.data / "ledger"
"""Signing key and kept copy of the checkpoints."""
TONGBAN_HASH = os.environ.get("TONGBAN_HASH", "sha256")
"""Hash of the ledger: sha256, or sm3 (国密)."""
TONGBAN_SCANNER = os.environ.get("TONGBAN_SCANNER", "")
"""Command that scans an uploaded file, called with its path; clamdscan's exit codes."""
TONGBAN_SCANNER_REQUIRED = (
    _said("TONGBAN_SCANNER_REQUIRED") if "TONGBAN_SCANNER_REQUIRED" in os.environ else None
)
"""Refuse uploads while the scanner does not answer; None: where one is named."""
TONGBAN_SCANNER_SECONDS = int(os.environ.get("TONGBAN_SCANNER_SECONDS", "60"))
TONGBAN_IDENTITY_KEY = os.environ.get("TONGBAN_IDENTITY_KEY", "")
TONGBAN_REPORTING_KEY = os.environ.get("TONGBAN_REPORTING_KEY", "")
"""Key for identity numbers; "" takes the secret key."""
TONGBAN_STATEMENT_SECONDS = int(os.environ.get("TONGBAN_STATEMENT_SECONDS", "30"))
"""Longest that one statement of a web request may run; 0: without end. Worker and commands are not held to it."""
TONGBAN_URL = os.environ.get("TONGBAN_URL", "").rstrip("/") or (
    f"{'https' if TONGBAN_TLS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
    + (f":{os.environ.get('TONGBAN_PORT', '8000')}" if ALLOWED_HOSTS[0] in {"localhost", "127.0.0.1"} else "")
)
"""The address under which people reach the site; printed on documents."""
TONGBAN_PAYMENT_GATEWAY = os.environ.get("TONGBAN_PAYMENT_GATEWAY", "")
"""Dotted path of the class that speaks to the payment platform; "": orders are paid at the counter or a bank."""
TONGBAN_PAYEE = os.environ.get("TONGBAN_PAYEE", "")
"""Who is paid, as it stands on payment orders; "": the unit that charges."""
TONGBAN_PAYMENT_DAYS = int(os.environ.get("TONGBAN_PAYMENT_DAYS", "15"))
"""Days from the charge in which an order is to be paid."""
TONGBAN_METRICS_TOKEN = os.environ.get("TONGBAN_METRICS_TOKEN", "")
TONGBAN_REFUSED_DAYS = int(os.environ.get("TONGBAN_REFUSED_DAYS", "30"))
TONGBAN_API_RATE = int(os.environ.get("TONGBAN_API_RATE", "600"))
"""Requests a minute that one account may make of the API."""
TONGBAN_REPORT_RATE = int(os.environ.get("TONGBAN_REPORT_RATE", "600"))
"""Requests a minute that one department's system may make of the reporting API, batches and questions alike."""
TONGBAN_SITE: dict[str, Any] = {
    "sign_in_href": "/account/login/",
    "sign_out_href": "/account/logout/",
    **json.loads(os.environ.get("TONGBAN_SITE", "{}")),
}

# -- rooms -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "tongban.base",
    "tongban.registry",
    "tongban.engine",
    "tongban.platforms.power",
    "tongban.platforms.consultation",
    "tongban.platforms.inquiry",
    "tongban.platforms.rating",
    "tongban.platforms.notices",
    "tongban.platforms.reporting",
    "tongban.platforms.supervision",
    "tongban.platforms.statistics",
    "tongban.platforms.papers",
    "tongban.platforms.fees",
    "tongban.platforms.delivery",
    "tongban.platforms.disclosure",
    "tongban.faces.hall",
    "tongban.faces.desk",
    "tongban.faces.catalogue",
    "tongban.faces.authoring",
    "tongban.faces.bulletin",
    "tongban.faces.lobby",
    "tongban.faces.openness",
    "tongban.project.apps.ProjectConfig",
    "tongban.project.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "csp",
]

MIDDLEWARE = [
    "tongban.project.middleware.RequestRecord",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tongban.project.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tongban.project.middleware.StorableText",
    "tongban.project.middleware.SteadyRegistry",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tongban.project.urls"
WSGI_APPLICATION = "tongban.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongban.base.ui.site.site",
            ],
        },
    }
]

# -- database, cache, background work ----------------------------------------------------------------


def _database() -> dict[str, Any]:
    """The database that DATABASE_URL names, else this installation's own, reached through its socket.

    Web processes keep a pool (TONGBAN_POOL connections each, set by `wsgi`), everything else one lasting connection.
    """
    url = os.environ.get("DATABASE_URL")
    try:
        said = conninfo_to_dict(url) if url else {"host": str(PLACE.sockets), "user": NAME, "dbname": NAME}
    except ProgrammingError:
        told = "DATABASE_URL 应写作 postgres://用户:口令@主机:端口/库名，特殊字符按网址的规则转写。"
        raise ImproperlyConfigured(told) from None  # what could not be read holds the password
    pool = int(os.environ.get("TONGBAN_POOL", "0"))
    options: dict[str, Any] = {
        key: said[key] for key in said if key not in {"host", "port", "user", "password", "dbname"}
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
        longest = f"-c statement_timeout={TONGBAN_STATEMENT_SECONDS}s"
        options["options"] = f"{options.get('options', '')} {longest}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": said.get("dbname", NAME),
        "USER": said.get("user", ""),
        "PASSWORD": said.get("password", ""),
        "HOST": said.get("host", ""),
        "PORT": said.get("port", ""),
        "CONN_MAX_AGE": 0 if pool else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes, because sign-in rate limits count in it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "project_cache",
        # The usual 300 would drop counters as soon as many addresses ask.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": 2,
    "delete_jobs": "successful",
    "shutdown_graceful_timeout": 20.0,
}

# -- people ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "registry.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/me/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tongban.faces.desk.signin.SignIn"
ACCOUNT_USER_DISPLAY = "tongban.faces.desk.signin.called"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
PASSWORD_RESET_TIMEOUT = 30 * 60  # of a link that a counter or an administrator gives, in seconds
ACCOUNT_RATE_LIMITS = {  # what `key` is, the adapter says; docs/explanation/accounts.md
    "login": "120/m/ip",  # an office building comes from one address, and all at once in the morning
    "login_failed": "20/m/ip,5/5m/key",
    "login_failed_by_name": "300/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TONGBAN_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts have no e-mail address: the register of persons is the identity
MFA_TOTP_ISSUER = str(TONGBAN_SITE.get("name", "通办"))

# -- the wire ----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's marks and the TOTP code are data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        **({"upgrade-insecure-requests": True} if TONGBAN_TLS else {}),
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = TONGBAN_TLS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TONGBAN_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TONGBAN_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TONGBAN_PROXIES else None
USE_X_FORWARDED_HOST = False
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-tb_session" if TONGBAN_TLS else "tb_session"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = TONGBAN_TLS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-tb_csrf" if TONGBAN_TLS else "tb_csrf"
CSRF_FAILURE_VIEW = "tongban.base.ui.views.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = TONGBAN_TLS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"] if TONGBAN_TLS else []
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000
DATA_UPLOAD_MAX_NUMBER_FILES = 600  # a folder dropped on the import page
FILE_UPLOAD_PERMISSIONS = 0o600

# -- words, files of the pages, logs -----------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [SRC / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = PLACE.static
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# -- what leaves the house ---------------------------------------------------------------------------

TONGBAN_EMAIL_HOST = os.environ.get("TONGBAN_EMAIL_HOST", "")
"""SMTP server for notices; "": no e-mail is sent."""
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if TONGBAN_EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_HOST = TONGBAN_EMAIL_HOST
EMAIL_PORT = int(os.environ.get("TONGBAN_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TONGBAN_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TONGBAN_EMAIL_PASSWORD", "")
_EMAIL_TLS = os.environ.get("TONGBAN_EMAIL_TLS", "")
EMAIL_USE_TLS = _EMAIL_TLS == "starttls"
EMAIL_USE_SSL = _EMAIL_TLS == "ssl"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("TONGBAN_EMAIL_FROM", "") or EMAIL_HOST_USER or "tongban@localhost"
TONGBAN_SMS_GATEWAY = os.environ.get("TONGBAN_SMS_GATEWAY", "")
"""Dotted path of the class that hands SMS over; "": no SMS is sent."""
TONGBAN_SMS_FILE = PLACE.data / "sms.jsonl"
"""Where the gateway for trials, `tongban.platforms.notices.channels.FileGateway`, writes."""

LOGGING_CONFIG = None
logging_config(debug=DEBUG)
