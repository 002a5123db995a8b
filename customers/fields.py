"""Form fields that other apps' forms use too."""

from typing import Any

from django import forms
from django.urls import reverse

from customers.models import Customer
from qbo.models import Company


class CustomerInput(forms.TextInput):
    """A text field whose list of suggestions follows what is typed; see `customers.views.suggest`."""

    template_name = "customers/customer_input.html"
    suggest_url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["list_id"] = f"{widget['attrs'].get('id', name)}_list"
        widget["attrs"] |= {"list": widget["list_id"], "autocomplete": "off"}
        return context | {"suggest_url": self.suggest_url}


class CustomerField(forms.ModelChoiceField):
    """Chooses a customer by name. Takes a display name in any case, or a primary key.

    With `guess`, a part of one active customer's name does too; the form must then show whom it took before it saves.
    Call `of(company)` in the form's `__init__`. As initial value give a customer or its key. To react to a choice,
    put `hx-…` attributes with `hx-trigger="change"` on the widget: its suggestions do not need them.
    """

    widget = CustomerInput
    default_error_messages = {
        "required": "Choose a customer.",
        "invalid_choice": "No customer has that name.",
        "inactive": "%(name)s is inactive. Make it active again first.",
        "some": "%(name)s: which one? Type more of the name.",
        "several": "More than one customer is called %(name)s. Give one of them another name first.",
    }

    def __init__(self, *, guess: bool = False, **kwargs: Any) -> None:
        super().__init__(Customer.objects.none(), **kwargs)
        self.guess = guess
        self.keep: int | None = None

    def of(self, company: Company, keep: int | None = None) -> None:
        """Offer this company's customers. `keep`: the key of one that may stay chosen although it is inactive."""
        self.queryset = Customer.objects.present().filter(company=company)
        self.keep = keep
        self.widget.suggest_url = reverse("customers:suggest", args=[company.pk])

    @property
    def _customers(self) -> Any:
        return self.queryset

    def prepare_value(self, value: Any) -> Any:
        """What the text field shows: a name, whether given a customer, a key or what was typed."""
        if isinstance(value, Customer):
            return value.display_name
        if isinstance(value, int):
            return self._customers.filter(pk=value).values_list("display_name", flat=True).first() or ""
        return value

    def to_python(self, value: Any) -> Customer | None:
        if value in self.empty_values or isinstance(value, Customer):
            return value or None
        text = str(value).strip()
        customer = self._by_name(text) or (self._by_key(text) if text.isdecimal() else None)
        if customer is None and self.guess and text:
            customer = self._by_part(text)
        if customer is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        if not customer.active and customer.pk != self.keep:
            raise self._refusal("inactive", customer.display_name)
        return customer

    def _by_name(self, text: str) -> Customer | None:
        found: list[Customer] = list(self._customers.filter(display_name__iexact=text)[:10])
        exact = [customer for customer in found if customer.display_name == text] or found
        chosen = [customer for customer in exact if customer.pk == self.keep] or exact
        if len(chosen) > 1:
            raise self._refusal("several", text)
        return chosen[0] if chosen else None

    def _by_part(self, text: str) -> Customer | None:
        """The one active customer whose name begins with this, or else has it inside."""
        active = self._customers.filter(active=True)
        for lookup in ("istartswith", "icontains"):
            found: list[Customer] = list(active.filter(**{f"display_name__{lookup}": text})[:4])
            if len(found) > 1:
                more = " and others" if len(found) > 3 else ""
                raise self._refusal("some", ", ".join(one.display_name for one in found[:3]) + more)
            if found:
                return found[0]
        return None

    def _by_key(self, text: str) -> Customer | None:
        # Longer than any key the database can hold: not a key, and SQLite would raise.
        found: Customer | None = self._customers.filter(pk=text).first() if len(text) < 19 else None
        return found

    def _refusal(self, code: str, name: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code, params={"name": name})
