"""The customer form. It refuses, at the field, what QuickBooks would refuse (facts 9.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.html import format_html

from customers.fields import CustomerField
from customers.models import ADDRESS_PARTS, Customer, Term
from customers.names import Owner, free_name, taken_by
from qbo.forms import OpenedOn

__all__ = ["CustomerField", "CustomerForm", "LongText"]

NAME_PARTS = ("title", "given_name", "middle_name", "family_name", "suffix")
STREET_LINES = tuple(f"line{n}" for n in range(1, 6))
STREET_LIMIT = 2000  # of the five lines together
EMAIL = "An e-mail address looks like ap@example.com."


class LongText(forms.CharField):
    """Text of several lines. Browsers send CR LF; QuickBooks and our rows have LF, so that reading and saving again
    is no change."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class CustomerForm(OpenedOn):
    """Create or edit a customer of `instance.company`."""

    #: A name is all it takes, and the form says so, instead of "optional" beside twenty labels.
    says_what_is_needed = True

    entry_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    ship_same = forms.BooleanField(label="Same as billing", required=False)

    class Meta:
        model = Customer
        fields = (
            "company_name",
            *NAME_PARTS,
            "display_name",
            "print_on_check_name",
            "email",
            "phone",
            "mobile",
            "terms",
            "taxable",
            *(f"{kind}_{part}" for kind in ("bill", "ship") for part in ADDRESS_PARTS),
            "notes",
        )
        field_classes = {"notes": LongText}
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel"}),
            "mobile": forms.TextInput(attrs={"type": "tel"}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "display_name": "How invoices and lists name them. Left empty, it is made from the names above.",
            "print_on_check_name": "Only if it differs from the display name.",
            "taxable": "New invoices charge sales tax on taxable items.",
        }
        labels = {"taxable": "Charge sales tax"}
        error_messages = {"email": {"invalid": EMAIL}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance: Customer = kwargs["instance"]
        same = instance.address("bill") == instance.address("ship")
        kwargs["initial"] = {"ship_same": same} | (kwargs.get("initial") or {})
        kwargs["initial"] |= {} if instance.pk else {"entry_key": uuid4()}
        super().__init__(*args, **kwargs)
        #: Who has the name that was typed, once that is known.
        self.owner: Owner | None = None
        self.fields["display_name"].required = False
        terms: Any = self.fields["terms"]
        terms.queryset = terms_for(instance)
        terms.empty_label = "None"

    def clean_email(self) -> str:
        """QuickBooks wants a dot behind the @; Django lets "localhost" through."""
        email: str = self.cleaned_data["email"]
        if email and "." not in email.rpartition("@")[2]:
            raise forms.ValidationError(EMAIL)
        return email

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("ship_same"):
            data |= {f"ship_{part}": data.get(f"bill_{part}", "") for part in ADDRESS_PARTS}
        for kind in ("bill", "ship"):
            self._check_street(kind)
        self.instance.entry_key = self.instance.entry_key or data.get("entry_key")
        if "display_name" in data:
            data["display_name"] = data["display_name"] or self._made_name()
            self._check_name(data["display_name"])
        return data

    def _made_name(self) -> str:
        """As QuickBooks makes one from the parts; where there are none, the company's name."""
        parts = (self.cleaned_data.get(part, "") for part in NAME_PARTS)
        return " ".join(part for part in parts if part) or self.cleaned_data.get("company_name", "")

    def _check_name(self, name: str) -> None:
        if not name:
            self.add_error("display_name", "Give a display name, or the name of a person or company above.")
            return
        self.owner = taken_by(self.instance.company, name, besides=self.instance.pk)
        if self.owner is not None:
            self.add_error("display_name", name_taken(self.owner))

    @property
    def watched(self) -> list[str]:
        return [name for name in super().watched if name != "entry_key"]

    @property
    def owner_kind(self) -> str:
        """Whether the owner of the name is a customer, a vendor or an employee."""
        return str(self.owner._meta.verbose_name) if self.owner else ""

    @property
    def free_name(self) -> str:
        """The name to save it under beside the owner of the one that was typed; empty where nobody has that."""
        if self.owner is None:
            return ""
        return free_name(self.instance.company, self.owner.display_name, city=self.data.get("bill_city", ""))

    def changes_nothing(self, stored: Customer) -> bool:
        """Whether a customer says already all that was typed."""
        return self.is_valid() and all(
            self.cleaned_data[name] == getattr(stored, name) for name in self.Meta.fields
        )

    def _check_street(self, kind: str) -> None:
        length = sum(len(self.cleaned_data.get(f"{kind}_{line}", "")) for line in STREET_LINES)
        if length > STREET_LIMIT:
            self.add_error(
                f"{kind}_line1",
                f"QuickBooks takes {STREET_LIMIT:,} characters in the street lines together. These have {length:,}.",
            )

    def focus(self) -> None:
        """The cursor goes into the first wrong field; on a new page into the first one."""
        wrong = [name for name in self.fields if name in self.errors] if self.is_bound else ["company_name"]
        for name in wrong[:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    @property
    def addresses(self) -> list["AddressFields"]:
        """The fields of the billing and the shipping address."""
        return [
            AddressFields(kind, [self[f"{kind}_{part}"] for part in ADDRESS_PARTS])
            for kind in ("bill", "ship")
        ]

    @property
    def name_details(self) -> list[forms.BoundField]:
        """The rarer parts of a name."""
        return [self[part] for part in ("title", "middle_name", "suffix")]

    @property
    def shows_name_details(self) -> bool:
        return any_filled(self.name_details)


@dataclass(frozen=True)
class AddressFields:
    """The fields of one address; few have more than two street lines, so the others are folded away."""

    kind: str
    fields: list[forms.BoundField]

    @property
    def street(self) -> list[forms.BoundField]:
        return self.fields[:2]

    @property
    def more(self) -> list[forms.BoundField]:
        return self.fields[2 : len(STREET_LINES)]

    @property
    def shows_more(self) -> bool:
        return any_filled(self.more)

    @property
    def place(self) -> list[forms.BoundField]:
        return self.fields[len(STREET_LINES) :]


def any_filled(fields: Iterable[forms.BoundField]) -> bool:
    """Whether there is something to see in these fields, a message included."""
    return any(field.value() or field.errors for field in fields)


def name_taken(other: Owner) -> str:
    """Says who has the name, with the way there."""
    if not isinstance(other, Customer):
        return (
            f"One of the {other._meta.verbose_name_plural} in QuickBooks has this name already, and customers "
            "share one list of names with them."
        )
    end = "" if other.active else " It is inactive: open it to make it active again."
    return format_html(
        'There is a customer of this name already: <a href="{}">{}</a>.{}',
        other.get_absolute_url(),
        other.display_name,
        end,
    )


def terms_for(customer: Customer) -> Any:
    """The company's active terms, and those the customer already has."""
    terms = Term.objects.present().filter(company=customer.company)
    return terms.filter(Q(active=True) | Q(pk=customer.terms_id))
