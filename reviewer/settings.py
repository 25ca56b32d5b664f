"""All settings in one file; deployments differ only by environment variables (README: Production).

`var/env` is read too if it exists: `make demo` writes it, so that a local copy keeps its own secrets.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from batches.engines import engine_of
from batches.languages import Language
from batches.mail import mailers_of
from batches.storage import footage_storage, storages_of
from reviewer.web import database_options
from reviewer.web.serving import threads

BASE_DIR = Path(__file__).resolve().parent.parent
CHECKOUT = (BASE_DIR / "templates").is_dir()  # an installed package contains its templates and static files
# Everything that is written: the database, downloads, thumbnails, collected static files.
VAR = Path(os.environ.get("VAR_ROOT") or (BASE_DIR if CHECKOUT else Path.cwd()) / "var").resolve()

env = environ.Env()
if (VAR / "env").exists():
    env.read_env(VAR / "env")

DEBUG = env.bool("DEBUG", False)
LOCAL = env.bool("LOCAL", False)  # plain http on this machine: the demo and the tests


def secret(name: str) -> str:
    """Read a required secret from the environment. Raises ImproperlyConfigured if it is missing."""
    value: str = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Production needs it (README: Production); `make demo` makes one."
        )
    return value


SECRET_KEY = secret("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is shorter than 32 characters.")
CREDENTIALS_KEYS = [key.strip() for key in secret("CREDENTIALS_KEY").split(",") if key.strip()]

PUBLIC_URL: str = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "reviewer.views.errors.csrf_failure"

INSTALLED_APPS = [
    "reviewer",
    "batches",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
]

MIDDLEWARE = [
    "reviewer.web.client.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "reviewer.web.metrics.RequestMetricsMiddleware",
    "reviewer.web.compressed.CompressionMiddleware",
    "reviewer.web.no_store.PermissionsPolicyMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "reviewer.web.unavailable.DatabaseAvailabilityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "reviewer.web.sessions.SessionPersonMiddleware",
    "reviewer.web.sign_in.RememberDeviceMiddleware",
    "reviewer.web.sessions.SessionExpiryMiddleware",
    "reviewer.web.time_zones.TimeZoneMiddleware",
    "reviewer.web.languages.LanguageMiddleware",
    "reviewer.web.bodies.BodyLimitMiddleware",
    "reviewer.web.streams.StreamLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "reviewer.web.htmx.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "reviewer.web.no_store.NoStoreMiddleware",
    "reviewer.web.refusals.TooManyRequestsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "reviewer.urls"
WSGI_APPLICATION = "reviewer.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"] if CHECKOUT else [],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["reviewer.templatetags.dates"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviewer.views.keys.chosen_keys",
                "reviewer.views.notifications.unread_notifications",
                "reviewer.web.docs_site.docs_site",
                "reviewer.web.read_only.read_only",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ── database ──
if "DATABASE_URL" not in env.ENVIRON:
    VAR.mkdir(mode=0o700, exist_ok=True)  # SQLite creates the file but not its folder
SQLITE_WAL_SAFE = database_options.SQLITE_WAL_SAFE
DATABASES = {
    "default": database_options.with_options(
        env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'reviewer.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── background jobs: a database row is the record, the queue carries only its id (batches/tasks.py) ──
ENGINE = engine_of(
    env.str("TASKS_URL", ""), postgresql=DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql"
)
INSTALLED_APPS += ENGINE.apps
TASKS = {"default": {"BACKEND": ENGINE.backend, "OPTIONS": ENGINE.options}}
# Seconds without a heartbeat after which the worker of a run counts as dead. A run that is enqueued and has not started
# for this long is enqueued again.
RUN_STALE_SECONDS = env.float("RUN_STALE_SECONDS", 60.0)
# Downloads of more rows than EXPORT_DIRECT_ROWS are made in the background and kept for EXPORT_KEEP_HOURS. Web and
# workers share the folder EXPORTS_ROOT.
EXPORT_DIRECT_ROWS = env.int("EXPORT_DIRECT_ROWS", 100_000)  # rows
EXPORT_KEEP_HOURS = env.float("EXPORT_KEEP_HOURS", 72.0)
EXPORTS_ROOT = Path(env.str("EXPORTS_ROOT", str(VAR / "exports")))
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # required for /metrics from other machines

# ── people ──
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["reviewer.web.sign_in.GuardedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
SESSION_ENGINE = "reviewer.web.sessions"
SESSION_COOKIE_AGE = 3 * 24 * 3600  # 3 days without a request; every session ends after 14 days
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL

# Single sign-on with one OpenID provider (reviewer/web/single_sign_on.py), and second factors.
OIDC_SERVER_URL: str = env.str("OIDC_SERVER_URL", "")
OIDC_NAME: str = env.str("OIDC_NAME", "single sign-on")
OIDC_ROLE_CLAIM: str = env.str("OIDC_ROLE_CLAIM", "")  # the claim with the names of a person's teams
OIDC_SIGN_UP: bool = env.bool("OIDC_SIGN_UP", False)  # whether the provider's people get accounts without an invitation
OIDC_PROVIDER = {
    "provider_id": "sso",
    "name": OIDC_NAME,
    "client_id": env.str("OIDC_CLIENT_ID", ""),
    "secret": env.str("OIDC_CLIENT_SECRET", ""),
    "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_PROVIDER] if OIDC_SERVER_URL else []}}
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_ADAPTER = "reviewer.web.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10  # seconds that a person waits for the provider
ACCOUNT_ADAPTER = "reviewer.web.single_sign_on.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds after which a change of second factors asks for the password again
MFA_ADAPTER = "reviewer.web.single_sign_on.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Reviewer"
MFA_TOTP_TOLERANCE = 1  # the code before and the one after count too: clocks of phones differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL

# Without EMAIL_URL no email is sent: people pass on invitation links, and administrators password links.
EMAIL_URL: str = env.str("EMAIL_URL", "consolemail://" if LOCAL else "")
MAIL_IS_PRINTED = EMAIL_URL.startswith("consolemail:")  # in the server's terminal, and reaches nobody
MAILERS = mailers_of(EMAIL_URL)
SILENCED_SYSTEM_CHECKS = [] if EMAIL_URL else ["mail.W001"]  # no mailer is intended
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "reviewer@localhost")
PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds that the link in an email is valid

# ── scripts ──
API_RATE: str = env.str("API_RATE", "600/min")  # calls per token or person
THUMBNAILS_PER_DAY: int = env.int(
    "THUMBNAILS_PER_DAY", 200
)  # items per connection for which scripts may request thumbnails
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "reviewer.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["reviewer.api.auth.Scoped"],
    "DEFAULT_THROTTLE_CLASSES": ["reviewer.api.auth.TokenRateThrottle", "reviewer.api.auth.AddressThrottle"],
    "DEFAULT_PARSER_CLASSES": ["reviewer.api.wire.SafeJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "reviewer.api.wire.AlwaysJSON",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "reviewer.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,
    "UNICODE_JSON": False,  # a vendor's text may contain half a surrogate pair, which UTF-8 cannot encode
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Reviewer",
    "DESCRIPTION": "Batches, events and decisions for scripts.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Approval": "batches.models.Approval",
        "Verdict": "reviewer.forms.verdicts.VERDICTS",
        "RunState": "batches.models.run.RunState",
        "FolderScope": "batches.models.FolderScope",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reviewer.api.docs.add_refusals",
    ],
}

# The default cache is the same in every process: django-allauth counts wrong second factors in it, and remembers used
# codes. Addresses that a vendor signed are kept by each process.
CACHES = {
    "default": {"BACKEND": "reviewer.web.shared_cache.SharedCache"},
    "addresses": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000, "CULL_FREQUENCY": 10},
    },
}

# ── vendors and media ──
# Calls to vendors and fetches of thumbnails that a web process makes at once while people wait for them.
CALLS_AT_ONCE = max(1, threads // 2)
PRIVATE_HOSTS = frozenset(env.list("PRIVATE_HOSTS", default=[]))  # for vendors and media
WEBHOOK_PRIVATE_HOSTS = frozenset(env.list("WEBHOOK_PRIVATE_HOSTS", default=[]))  # separate: editors choose these URLs
MEDIA_URL_ROOT = Path(env.str("MEDIA_URL_ROOT", str(VAR / "media")))
# Clips play directly from the vendor's signed URL. The pages' content security policy allows only these origins.
CLIP_ORIGINS = env.list("CLIP_ORIGINS", default=["https://storage.googleapis.com"])

# ── browser ──
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "media-src": [CSP.SELF, "blob:", *CLIP_ORIGINS],
    "connect-src": [CSP.SELF, *CLIP_ORIGINS],  # the playlists and segments of streams
    "font-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = not LOCAL
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # called by internal probes, which follow no redirect
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1"] if BEHIND_PROXY else [])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 0 if LOCAL else env.int("HSTS_SECONDS", 31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL
SECURE_HSTS_PRELOAD = not LOCAL

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"] if CHECKOUT else []
# `make docs` writes the documentation there: files below /docs/, with an index.html in each folder.
DOCS_SITE = Path(__file__).parent / "site"
WHITENOISE_ROOT = DOCS_SITE if DOCS_SITE.is_dir() else None
WHITENOISE_INDEX_FILE = True
# Web and workers share uploads and background downloads: in folders, or in a bucket if several hosts share no folder.
# Own footage, which templates of connections name, may lie in a folder or bucket of its own.
STORAGES = (
    storages_of(env.str("FILES_URL", ""), uploads=MEDIA_URL_ROOT, exports=EXPORTS_ROOT)
    | footage_storage(env.str("FOOTAGE_FILES", ""))
    | {"staticfiles": {"BACKEND": "reviewer.web.staticfiles.Storage"}}
)

# ── the rest ──
# A page is in the language of its person (reviewer/web/languages.py); scripts, files and logs are in English.
LANGUAGE_CODE = "en"
LANGUAGES = [choice for choice in Language.choices if choice[0]]
USE_TZ = True
TIME_ZONE = "UTC"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 20_000_000_000)  # of one video file
UPLOAD_SPACE_BYTES = env.int("UPLOAD_SPACE_BYTES", 200_000_000_000)  # of all video files on their way to vendors
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 2_000_000_000)  # of one uploaded file
FILE_UPLOAD_HANDLERS = ["reviewer.web.uploads.LimitedUpload"]
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO")  # for our own loggers; libraries log warnings
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "refusals": {"()": "reviewer.web.log_filters.Refusals"},
    },
    "formatters": {
        "line": {
            "class": "reviewer.web.log_filters.Redacted",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "level": LOG_LEVEL,
            "formatter": "line",
            "filters": ["refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "batches": {"level": LOG_LEVEL},
        "reviewer": {"level": LOG_LEVEL},
        "django.tasks": {"level": "WARNING"},  # the row of a run says more than its job's log
    },
}
