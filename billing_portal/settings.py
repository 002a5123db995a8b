"""Settings, read from the environment and from `.env` beside manage.py (see `.env.example`)."""

from pathlib import Path

import environ
from django.core.management.utils import get_random_secret_key

from billing_portal.engines import database_config, huey_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
ENV_FILE = Path(env("ENV_FILE", default=str(BASE_DIR / ".env")))
environ.Env.read_env(ENV_FILE)
#: Databases, logs and collected files, unless they are sent elsewhere.
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# ── QuickBooks ──────────────────────────────────────────────────────────────────────────────────
QBO_ENVIRONMENT: str = env("QBO_ENVIRONMENT", default="emulator")  # emulator, sandbox or production
QBO_EMULATOR_URL: str = env("QBO_EMULATOR_URL", default="http://127.0.0.1:8100").rstrip("/")
QBO_CLIENT_ID: str = env("QBO_CLIENT_ID", default="")
QBO_CLIENT_SECRET: str = env("QBO_CLIENT_SECRET", default="")
if QBO_ENVIRONMENT == "emulator":
    # The emulator knows one application out of the box; a newcomer has nothing to copy.
    QBO_CLIENT_ID = QBO_CLIENT_ID or "emulator-client-id"
    QBO_CLIENT_SECRET = QBO_CLIENT_SECRET or "emulator-client-secret"
# Signs QuickBooks' webhooks: the verifier token of the app's webhooks page. Empty: every delivery is refused.
QBO_WEBHOOK_TOKEN: str = env("QBO_WEBHOOK_TOKEN", default="")
if QBO_ENVIRONMENT == "emulator":
    QBO_WEBHOOK_TOKEN = QBO_WEBHOOK_TOKEN or "emulator-verifier-token"

# What is mirrored, in dependency order: a mapping may refer to those above it.
QBO_MAPPINGS = [
    "customers.mappings.TermMapping",
    "invoices.mappings.lists.AccountMapping",
    "invoices.mappings.lists.CompanyCurrencyMapping",
    "invoices.mappings.lists.PaymentMethodMapping",
    "invoices.mappings.lists.TaxRateMapping",
    "invoices.mappings.lists.TaxCodeMapping",
    "customers.mappings.VendorMapping",
    "customers.mappings.EmployeeMapping",
    "customers.mappings.CustomerMapping",
    "invoices.mappings.item.ItemMapping",
    "invoices.mappings.estimate.EstimateMapping",
    "invoices.mappings.invoice.InvoiceMapping",
    "invoices.mappings.credit.CreditMemoMapping",
    "invoices.mappings.payment.PaymentMapping",
]
# What the worker does for a company besides sending and reading: modules with `is_due` and `step`.
QBO_ERRANDS = ["invoices.proof.errand"]
# What the sync centre offers to put right what QuickBooks refused.
QBO_REPAIRS = ["customers.repairs", "invoices.repairs"]
# Intuit's limits of calls are kept, over all processes together.
QBO_PACED: bool = env.bool("QBO_PACED", default=True)
# Reads that the app's plan allows in a month, over all companies; 0 where nothing is metered, as outside production.
QBO_MONTHLY_READS: int = env.int(
    "QBO_MONTHLY_READS", default=500_000 if QBO_ENVIRONMENT == "production" else 0
)
# Who wins where both sides changed the same: {"Customer": {"Notes": "newest"}}. What is not named here asks a person.
QBO_CONFLICT_POLICIES: dict[str, dict[str, str]] = env.json("QBO_CONFLICT_POLICIES", default={})
QBO_CATCH_UP_SECONDS: int = env.int(
    "QBO_CATCH_UP_SECONDS", default=60 if QBO_ENVIRONMENT == "emulator" else 900
)

# ── Secrets ─────────────────────────────────────────────────────────────────────────────────────
# Without a key the emulator demo still starts, with one that lasts until the process ends;
# `manage.py check` refuses that for a real QuickBooks company (qbo/checks.py).
SECRET_KEY: str = env("SECRET_KEY", default="") or get_random_secret_key()
SECRET_KEY_IS_TEMPORARY = not env("SECRET_KEY", default="")
TOKEN_KEYS: list[str] = env.list("TOKEN_KEYS", default=[])

# ── Django ──────────────────────────────────────────────────────────────────────────────────────
DEBUG: bool = env.bool("DEBUG", default=False)
PORTAL_URL: str = env("PORTAL_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

INSTALLED_APPS = [
    "billing_portal",
    "invoices",
    "customers",
    "qbo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_bootstrap5",
    "bootstrap",
    "django_filters",
    "django_htmx",
    "heroicons",
    "huey.contrib.djhuey",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qbo.access.middleware.PolicyMiddleware",
]

ROOT_URLCONF = "billing_portal.urls"
WSGI_APPLICATION = "billing_portal.wsgi.application"
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
                "qbo.context_processors.company",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "qbo.templatetags.ledger"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": database_config(env("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
HUEY = huey_config(env("HUEY_URL", default=f"sqlite:///{VAR_DIR / 'huey.sqlite3'}"))

AUTH_USER_MODEL = "qbo.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="billing@localhost")

# The form of an invoice has eight fields for each line, and QuickBooks takes 750 lines and more.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LANGUAGE_CODE = "en-us"
TIME_ZONE: str = env("TIME_ZONE", default="America/Los_Angeles")
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PORTAL_URL.startswith("https://")
SESSION_COOKIE_NAME = "portal_session"
CSRF_COOKIE_NAME = "portal_csrf"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # A handler of its own keeps Huey from adding another; its "consumer started" is what `make run` waits for.
    "loggers": {"huey": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
