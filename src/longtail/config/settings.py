"""Django settings. Importing them starts nothing; the launcher does (``postgres.py``)."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from longtail.config import postgres
from longtail.ledger.custodian.messages import signing

ROOT = postgres.ROOT
VAR = postgres.VAR
PACKAGE = Path(__file__).resolve().parents[1]


def _secret(name: str, fallback: str = "") -> str:
    """Return a secret from the environment, else the one ``longtail up`` made."""
    kept = VAR / name.lower()
    return os.environ.get(f"LONGTAIL_{name}") or (
        kept.read_text() if kept.exists() else fallback
    )


def _pair(name: str) -> tuple[str, str]:
    """Return a private signing key and its public half; a fresh one before set-up."""
    private = _secret(name) or json.dumps(signing.new_key())
    return private, json.dumps(signing.public_part(json.loads(private)))


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
    "longtail.ledger.log",
    "longtail.ledger.books",
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
# What the platform signs orders with, and the custodian's public key.
CUSTODIAN_KEY, _public = _pair("CUSTODIAN_KEY")
SANDBOX_TRUSTED_KEY = _secret("SANDBOX_TRUSTED_KEY", _public)
# The sandbox custodian's own; a real custodian keeps its key to itself.
SANDBOX_BANK_KEY, _public = _pair("SANDBOX_BANK_KEY")
CUSTODIAN_TRUSTED_KEY = _secret("CUSTODIAN_TRUSTED_KEY", _public)
# Whether two people at the sandbox's desk confirm payees; in a demonstration nobody does.
SANDBOX_IS_ATTENDED = os.environ.get("LONGTAIL_SANDBOX_DESK", "attended") == "attended"
SANDBOX_IS_ATTENDED = SANDBOX_IS_ATTENDED and not DEMO
# Ed25519, PEM: signs what outsiders hold against the site. The public halves of the keys
# before it, one after the other, still verify what they signed.
LOG_KEY = _secret("LOG_KEY")
LOG_EARLIER_KEYS = _secret("LOG_EARLIER_KEYS")
# Hides clients' claims from one another in the published roots. Proofs can be made only
# with the secret that a root was published with, so it is kept as long as they are.
CLAIMS_SECRET = _secret("CLAIMS_SECRET", SECRET_KEY)
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
