"""Secrets at rest: a text field that is encrypted in the database.

Keys are `settings.TOKEN_KEYS` (Fernet keys, newest first). The first encrypts and every one decrypts, so a key is
rotated by putting a new one in front and running `manage.py rotate_token_keys`.
"""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class UnreadableSecret(Exception):
    """None of TOKEN_KEYS opens a stored secret. The remedy is the old key back in TOKEN_KEYS, or a reconnect."""


def cipher() -> MultiFernet:
    """The cipher of the configured keys; with none (emulator demo only), one derived from SECRET_KEY."""
    keys = settings.TOKEN_KEYS or [_derived_key()]
    return MultiFernet([Fernet(key) for key in keys])


def _derived_key() -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest()).decode()


class EncryptedTextField(models.TextField):
    """Plain text in Python, a Fernet token in the database. It cannot be searched, on purpose."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise UnreadableSecret("No key in TOKEN_KEYS opens a stored QuickBooks token.") from error
