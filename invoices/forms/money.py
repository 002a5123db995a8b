"""Form fields for amounts."""

from decimal import Decimal
from typing import Any

from django import forms

from qbo import formats


class MoneyField(forms.DecimalField):
    """An amount with at most two decimals, typed and shown the way the company's people write it."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2, **kwargs})
        self.error_messages["invalid"] = "Write an amount such as 1,250.00."
        self.error_messages["max_decimal_places"] = "An amount has at most two decimals."
        self.error_messages["max_digits"] = self.error_messages["max_whole_digits"] = (
            "QuickBooks takes amounts up to 9,999,999,999.99."
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"class": "num", "inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return formats.money(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # its stub says int
        if value in self.empty_values:
            return None
        try:
            return value if isinstance(value, Decimal) else formats.read_money(str(value))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
