"""What is missing before the portal can work, each with its remedy (`manage.py check`)."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

ENVIRONMENTS = ("emulator", "sandbox", "production")


@register()
def quickbooks_settings(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.QBO_ENVIRONMENT not in ENVIRONMENTS:
        found.append(
            Error(
                f"QBO_ENVIRONMENT is {settings.QBO_ENVIRONMENT!r}.",
                hint=f"Set it to one of: {', '.join(ENVIRONMENTS)}.",
                id="qbo.E001",
            )
        )
    for name in ("QBO_CLIENT_ID", "QBO_CLIENT_SECRET"):
        if not getattr(settings, name):
            found.append(
                Error(
                    f"{name} is empty.",
                    hint="Copy it from your app's keys at developer.intuit.com into .env.",
                    id="qbo.E002",
                )
            )
    return found


@register()
def conflict_policies(**_: Any) -> list[CheckMessage]:
    from qbo.sync import policies  # needs the models, which are not there yet when this module is loaded

    hint = "Correct QBO_CONFLICT_POLICIES."
    return [Error(mistake, hint=hint, id="qbo.E006") for mistake in policies.mistakes()]


@register()
def secrets(**_: Any) -> list[CheckMessage]:
    real = settings.QBO_ENVIRONMENT != "emulator"
    found: list[CheckMessage] = []
    if settings.SECRET_KEY_IS_TEMPORARY:
        kind = Error if real else Warning
        found.append(
            kind(
                "SECRET_KEY is not set: everybody is signed out and QuickBooks is disconnected at each start.",
                hint="Put a long random text into .env as SECRET_KEY. `make run` does it by itself.",
                id="qbo.E003" if real else "qbo.W003",
            )
        )
    if real and not settings.TOKEN_KEYS:
        found.append(
            Error(
                "TOKEN_KEYS is empty: QuickBooks tokens would be encrypted with a key made from SECRET_KEY.",
                hint="Put the output of `manage.py make_token_key` into .env as TOKEN_KEYS.",
                id="qbo.E004",
            )
        )
    found.extend(_bad_keys())
    return found


def _bad_keys() -> list[CheckMessage]:
    for key in settings.TOKEN_KEYS:
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    "One of TOKEN_KEYS is not a Fernet key.",
                    hint="Make one with `manage.py make_token_key`; separate several with commas, newest first.",
                    id="qbo.E005",
                )
            ]
    return []


@register()
def portal_address(**_: Any) -> list[CheckMessage]:
    if settings.QBO_ENVIRONMENT == "production" and not settings.PORTAL_URL.startswith("https://"):
        return [
            Error(
                f"PORTAL_URL is {settings.PORTAL_URL}, but QuickBooks sends production users back by https only.",
                hint="Serve the portal by https and set PORTAL_URL to that address.",
                id="qbo.E006",
            )
        ]
    return []
