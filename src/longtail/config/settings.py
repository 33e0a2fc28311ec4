"""Django settings. Importing them starts nothing; the launcher does (``postgres.py``)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from longtail.config import postgres

ROOT = postgres.ROOT
VAR = postgres.VAR
PACKAGE = Path(__file__).resolve().parents[1]


def _secret(name: str, fallback: str = "") -> str:
    """Return a secret from the environment, else the one ``longtail up`` made."""
    kept = VAR / name.lower()
    return os.environ.get(f"LONGTAIL_{name}") or (
        kept.read_text() if kept.exists() else fallback
    )


def _database() -> dict[str, object]:
    try:
        parts = conninfo_to_dict(postgres.url())
    except SystemExit:
        parts = {"host": "nowhere", "dbname": postgres.DATABASE}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", postgres.DATABASE),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": f"test_longtail{os.environ.get('LONGTAIL_TEST_SUFFIX', '')}"},
    }


DEMO = os.environ.get("LONGTAIL_DEMO") == "1"
DEBUG = False
SECRET_KEY = _secret("SECRET_KEY", secrets.token_urlsafe(50))
ALLOWED_HOSTS = os.environ.get("LONGTAIL_HOSTS", "127.0.0.1,localhost,testserver").split(
    ","
)
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.Person"
INSTALLED_APPS = [
    # Before allauth, whose log-in page it replaces.
    "longtail.interfaces.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
    "csp",
    "django_htmx",
    "ninja",
    "pgtrigger",
    "procrastinate.contrib.django",
    "longtail.ledger",
    "longtail.ledger.custodian",
    "longtail.ledger.custodian.sandbox",
    "longtail.parties",
    "longtail.notices",
    "longtail.evidence",
    "longtail.underwriting",
    "longtail.deals",
    "longtail.market",
    "longtail.funding",
    "longtail.servicing",
    "longtail.interfaces.api",
]
MIDDLEWARE = [
    "longtail.interfaces.api.guard.RefuseNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
IDP_OIDC_PRIVATE_KEY = _secret("IDP_KEY")
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"

ROOT_URLCONF = "longtail.config.urls"
WSGI_APPLICATION = "longtail.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "longtail.interfaces.web.context.shell",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [PACKAGE / "interfaces" / "web" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [("vendor", VAR / "vendor")] if (VAR / "vendor").exists() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

PROCRASTINATE_IMPORT_PATHS = ["longtail.interfaces.jobs.tasks"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # ECharts and Tabler set style attributes on elements.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LONGTAIL_LOG", "WARNING")},
}
