"""The `.env` file of a first start: the example with fresh secrets in it."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def fill_in(file: Path, example: Path) -> dict[str, str]:
    """Make `file` from `example` unless it exists, give each empty secret a value, and return the new values.

    A secret that the process environment already has stays out of the file.
    """
    text = (file if file.exists() else example).read_text()
    lines = text.splitlines()
    made = {
        name: value
        for name, value in _fresh_secrets().items()
        if f"{name}=" in lines and not os.environ.get(name)
    }
    for name, value in made.items():
        lines[lines.index(f"{name}=")] = f"{name}={value}"
    if made or not file.exists():
        _replace(file, "\n".join(lines) + "\n")
    return made


def _fresh_secrets() -> dict[str, str]:
    return {"SECRET_KEY": secrets.token_urlsafe(48), "TOKEN_KEYS": Fernet.generate_key().decode()}


def _replace(file: Path, text: str) -> None:
    """Whole or not at all, and readable by its owner only from the first moment on."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    draft.replace(file)
