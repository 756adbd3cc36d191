"""Settings of an installation, read from the environment; safe where nothing is said.

`docs/reference/settings.md` lists every variable. Tests use `settings_test`, which changes only what tests need.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from tongban.base.ui.site import site_of
from tongban.project import environment
from tongban.project.cluster import NAME
from tongban.project.installation import installation
from tongban.project.logs import logging_config
from tongban.project.postgres import WAIT

SRC = Path(__file__).resolve().parents[1]
PLACE = installation()


# -- what the outside says ---------------------------------------------------------------------------

DEBUG = bool(environment.switch("TONGBAN_DEBUG"))
SECRET_KEY = PLACE.secret_key()
SECRET_KEY_FALLBACKS = environment.names("TONGBAN_OLD_SECRET_KEYS")
ALLOWED_HOSTS = environment.names("TONGBAN_HOSTS", "localhost,127.0.0.1,[::1]")
TONGBAN_TLS = bool(environment.switch("TONGBAN_TLS"))
TONGBAN_PROXIES = environment.whole("TONGBAN_PROXIES", 0, most=10)
"""How many reverse proxies of ours stand in front; their X-Forwarded-* headers are believed, nobody else's."""
TONGBAN_FILES = PLACE.files
TONGBAN_STATISTICS = PLACE.statistics
"""Columnar copies of the events, for statistics; nodes of one installation share the folder."""
TONGBAN_CATALOGUE = PLACE.catalogue
"""Copies of the whole public catalogue for download; nodes of one installation share the folder."""
TONGBAN_LEDGER_DIR = PLACE.data / "ledger"
"""Signing key and kept copy of the checkpoints."""
TONGBAN_HASH = environment.choice("TONGBAN_HASH", "sha256", ("sha256", "sm3"))
"""Hash of the ledger: sha256, or sm3 (国密)."""
TONGBAN_SCANNER = environment.command("TONGBAN_SCANNER")
"""Command that scans an uploaded file, called with its path; clamdscan's exit codes."""
TONGBAN_SCANNER_REQUIRED = environment.switch("TONGBAN_SCANNER_REQUIRED")
"""Refuse uploads while the scanner does not answer; None: where one is named."""
TONGBAN_SCANNER_SECONDS = environment.whole("TONGBAN_SCANNER_SECONDS", 60, least=1, most=3600)
TONGBAN_IDENTITY_KEY = environment.secret("TONGBAN_IDENTITY_KEY")
TONGBAN_REPORTING_KEY = environment.secret("TONGBAN_REPORTING_KEY")
"""Key for identity numbers; "" takes the secret key."""
TONGBAN_STATEMENT_SECONDS = environment.whole("TONGBAN_STATEMENT_SECONDS", 30, most=86400)
"""Longest that one statement of a web request may run; 0: without end. Worker and commands are not held to it."""
TONGBAN_URL = environment.address("TONGBAN_URL") or (
    f"{'https' if TONGBAN_TLS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
    + (f":{environment.listening()[1]}" if ALLOWED_HOSTS[0] in {"localhost", "127.0.0.1"} else "")
)
"""The address under which people reach the site; printed on documents."""
TONGBAN_PAYMENT_GATEWAY = environment.text("TONGBAN_PAYMENT_GATEWAY")
"""Dotted path of the class that speaks to the payment platform; "": orders are paid at the counter or a bank."""
TONGBAN_PAYEE = environment.text("TONGBAN_PAYEE")
"""Who is paid, as it stands on payment orders; "": the unit that charges."""
TONGBAN_PAYMENT_DAYS = environment.whole("TONGBAN_PAYMENT_DAYS", 15, least=1, most=3650)
"""Days from the charge in which an order is to be paid."""
TONGBAN_METRICS_TOKEN = environment.secret("TONGBAN_METRICS_TOKEN")
TONGBAN_REFUSED_DAYS = environment.whole("TONGBAN_REFUSED_DAYS", 30, most=3650)
TONGBAN_API_RATE = environment.whole("TONGBAN_API_RATE", 600, least=1)
"""Requests a minute that one account may make of the API."""
TONGBAN_REPORT_RATE = environment.whole("TONGBAN_REPORT_RATE", 600, least=1)
"""Requests a minute that one department's system may make of the reporting API, batches and questions alike."""
TONGBAN_SITE: dict[str, Any] = {
    "sign_in_href": "/account/login/",
    "sign_out_href": "/account/logout/",
    **environment.record("TONGBAN_SITE", site_of),
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
    "tongban.project.middleware.WayBack",
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
    given = environment.database()
    if given:
        PLACE.note_database(str(given.get("dbname", NAME)), str(given.get("host", "")))
    said = given or {"host": str(PLACE.sockets), "user": NAME, "dbname": NAME}
    pool = environment.whole("TONGBAN_POOL", 0, most=1000)
    options: dict[str, Any] = {
        key: said[key] for key in said if key not in {"host", "port", "user", "password", "dbname"}
    }
    if pool:
        # Gives an attempt up soon, so that the database is found again soon after it is back.
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": WAIT, "reconnect_timeout": WAIT}
        options.setdefault("connect_timeout", round(WAIT))
        options.setdefault("tcp_user_timeout", round(WAIT * 1000))
        longest = f"-c statement_timeout={TONGBAN_STATEMENT_SECONDS}s"
        options["options"] = f"{options.get('options', '')} {longest}".strip()
    return {
        "ENGINE": "tongban.project.postgres",
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
# What `key` is, the adapter says; docs/explanation/accounts.md.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
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

TONGBAN_EMAIL_HOST = environment.text("TONGBAN_EMAIL_HOST")
"""SMTP server for notices; "": no e-mail is sent."""
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if TONGBAN_EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_HOST = TONGBAN_EMAIL_HOST
EMAIL_PORT = environment.whole("TONGBAN_EMAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = environment.text("TONGBAN_EMAIL_USER")
EMAIL_HOST_PASSWORD = environment.secret("TONGBAN_EMAIL_PASSWORD")
_EMAIL_TLS = environment.choice("TONGBAN_EMAIL_TLS", "", ("", "starttls", "ssl"))
EMAIL_USE_TLS = _EMAIL_TLS == "starttls"
EMAIL_USE_SSL = _EMAIL_TLS == "ssl"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("TONGBAN_EMAIL_FROM") or EMAIL_HOST_USER or "tongban@localhost"
TONGBAN_SMS_GATEWAY = environment.text("TONGBAN_SMS_GATEWAY")
"""Dotted path of the class that hands SMS over; "": no SMS is sent."""
TONGBAN_SMS_FILE = PLACE.data / "sms.jsonl"
"""Where the gateway for trials, `tongban.platforms.notices.channels.FileGateway`, writes."""

LOGGING_CONFIG = None
logging_config(debug=DEBUG)
