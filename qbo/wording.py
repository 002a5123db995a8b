"""What a form says at a field, in the product's words instead of Django's, wherever a field has none of its own.

Django keeps these texts in dictionaries and attributes of its classes, so this is the one place for all forms, the
admin's among them.
"""

from typing import Any

from django import forms
from django.core import validators

FIELDS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "Fill this in."},
    forms.ChoiceField: {"invalid_choice": "This is not on the list. Choose one that is."},
    forms.ModelChoiceField: {"invalid_choice": "This is not on the list. Choose one that is."},
    forms.IntegerField: {"invalid": "Write a whole number."},
    forms.DecimalField: {"invalid": "Write a figure such as 62.50."},
    forms.DateField: {"invalid": "This is not a date. Write it like 2026-11-23."},
    forms.UUIDField: {"invalid": "This form cannot be recognised. Open it again."},
}
VALIDATORS: dict[type[Any], str] = {
    validators.MaxLengthValidator: "Too long: at most %(limit_value)d characters fit, and it has %(show_value)d.",
    validators.MinLengthValidator: "This is too short: at least %(limit_value)d characters are needed.",
    validators.MaxValueValidator: "This is too much: at most %(limit_value)s.",
    validators.MinValueValidator: "This is too little: at least %(limit_value)s.",
    validators.EmailValidator: "This is not an e-mail address. It looks like ap@example.com.",
    validators.ProhibitNullCharactersValidator: "This has a character in it that cannot be sent.",
}


def install() -> None:
    for field, texts in FIELDS.items():
        # A class without texts of its own shares its parent's, which stay as they are.
        field.default_error_messages = {**field.__dict__.get("default_error_messages", {}), **texts}
    for validator, text in VALIDATORS.items():
        validator.message = text
    # Made at import, so it has Django's text already.
    validators.validate_email.message = VALIDATORS[validators.EmailValidator]
