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
from django.db.models.query_utils import DeferredAttribute


class UnreadableSecret(Exception):
    """None of TOKEN_KEYS opens a stored secret. The remedy is the old key back in TOKEN_KEYS, or a reconnect."""


def cipher() -> MultiFernet:
    """The cipher of the configured keys; with none (emulator demo only), one derived from SECRET_KEY."""
    keys = settings.TOKEN_KEYS or [_derived_key()]
    return MultiFernet([Fernet(key) for key in keys])


def _derived_key() -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest()).decode()


class Sealed(str):
    """A secret as it stands in the database."""


class SecretAttribute(DeferredAttribute):
    """Opens a secret when somebody asks for it, so that a lost key troubles only those who need the secret itself."""

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return _opened(value) if isinstance(value, Sealed) else value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def _opened(sealed: Sealed) -> str:
    try:
        return cipher().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret("No key in TOKEN_KEYS opens a stored QuickBooks token.") from error


class EncryptedTextField(models.TextField):
    """Plain text in Python, a Fernet token in the database. It cannot be searched, on purpose."""

    descriptor_class = SecretAttribute

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """As it was read, if nobody has assigned another value."""
        return model_instance.__dict__.get(self.attname, "")

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        if not text:
            return text
        return str(text) if isinstance(value, Sealed) else cipher().encrypt(text.encode()).decode()
