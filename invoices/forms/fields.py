"""Form fields for figures and addresses, as people type them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import validate_email

from invoices.forms.money import MoneyField
from qbo.forms import tell_what_is_too_long

#: What a date that somebody types may be.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)


class FigureField(MoneyField):
    """A quantity, rate or percentage with up to five decimals, shown without needless zeros.

    `places` is how many decimals it shows at least: 2 for money, none for quantities.
    """

    def __init__(self, *, places: int = 0, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=5, **kwargs)
        self.places = places
        self.error_messages["invalid"] = "Write a figure such as 4 or 62.50."
        self.error_messages["max_decimal_places"] = "QuickBooks takes at most five decimals."
        self.error_messages["max_digits"] = self.error_messages["max_whole_digits"] = (
            "This figure is too large."
        )

    def prepare_value(self, value: Any) -> Any:
        return plain(value, self.places) if isinstance(value, Decimal) else value


def plain(value: Decimal, places: int = 0) -> str:
    """A figure without needless zeros: 4.00000 is 4, with two `places` 4.00."""
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole


class AddressesField(forms.CharField):
    """One e-mail address, or several with commas between them, 100 characters in all (facts 9.3, BillEmail)."""

    default_error_messages = {
        "invalid": "“%(address)s” is not an e-mail address. It looks like ap@example.com."
    }
    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)
        tell_what_is_too_long(self)  # an address cut short is somebody else's
        self.widget.attrs |= {"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}

    def to_python(self, value: Any) -> str:
        parts = (part.strip() for part in str(super().to_python(value)).replace(";", ",").split(","))
        return ", ".join(part for part in parts if part)

    def validate(self, value: str) -> None:
        super().validate(value)
        for address in value.split(", ") if value else ():
            self._check(address)

    def _check(self, address: str) -> None:
        try:
            validate_email(address)
        except forms.ValidationError as error:
            raise self._refusal(address) from error
        if (
            "." not in address.rpartition("@")[2]
        ):  # QuickBooks wants a dot there; Django lets "localhost" through
            raise self._refusal(address)

    def _refusal(self, address: str) -> forms.ValidationError:
        return forms.ValidationError(
            self.error_messages["invalid"], code="invalid", params={"address": address}
        )
