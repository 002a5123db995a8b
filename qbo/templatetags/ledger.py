"""Tags and filters of every page (builtins, so no template loads them)."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, Select, SelectMultiple
from django.urls import reverse
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_micro

from qbo import formats
from qbo.models import Company, MirroredModel, SyncState
from qbo.sync.registry import mapping_of

register = template.Library()

#: How each state looks: icon and tone. The word is the state's own label.
STATE_LOOKS = {
    SyncState.WAITING: ("arrow-up", "wait"),
    SyncState.SENDING: ("arrow-up", "wait"),
    SyncState.RETRYING: ("arrow-path", "wait"),
    SyncState.IN_QUICKBOOKS: ("check", "calm"),
    SyncState.NEEDS_YOU: ("exclamation-triangle", "need"),
    SyncState.CONFLICT: ("arrows-right-left", "need"),
    SyncState.ONLY_HERE: ("minus", ""),
    SyncState.GONE: ("no-symbol", ""),
}
MOVING = frozenset({SyncState.WAITING, SyncState.SENDING, SyncState.RETRYING})

#: A badge asks every second at first; one that takes longer is asked about now and then.
QUICK_POLLS = 30
POLL_SECONDS, SLOW_POLL_SECONDS = 1, 10


# ── Figures ─────────────────────────────────────────────────────────────────────────────────────


@register.filter
def money(value: Decimal | None) -> str:
    """1,234.50: rows. Nothing for None."""
    return "" if value is None else formats.money(value)


@register.filter
def money_sign(value: Decimal | None, currency: str = "") -> str:
    """$1,234.50: sums and sentences."""
    return "" if value is None else formats.money_sign(value, currency)


@register.filter
def whole(value: int | None) -> str:
    """12,480: counts."""
    return "" if value is None else formats.whole(value)


@register.filter
def figure(value: Decimal | None, places: int = 0) -> str:
    """22.5 or 95.00: quantities, rates and percentages."""
    return "" if value is None else formats.figure(value, places)


@register.filter
def day(value: date | None) -> str:
    return formats.day(value) if value else ""


@register.filter
def full_day(value: date | None) -> str:
    return formats.full_day(value) if value else ""


@register.filter
def weekday(value: date) -> str:
    return formats.weekday(value)


@register.filter
def clock(value: datetime | None) -> str:
    return formats.clock(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    return formats.moment(value) if value else ""


# ── Icons ───────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A heroicon of 16 px, hidden from screen readers: a word always stands beside it."""
    looks: dict[str, Any] = {"class": "icon", "aria-hidden": "true"}
    return SafeString(heroicon_micro(name, **looks))


# ── Forms ───────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """A form field's control alone, in the theme's dress: `{% control form.rate class="num mini" hx_get=url %}`.

    Every keyword becomes an attribute, with dashes for underscores.
    """
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    own = field.field.widget.attrs.get("class", "")
    words = (_base_class(field), own, named.pop("class", ""), "is-invalid" if field.errors else "")
    return field.as_widget(attrs={**named, "class": " ".join(word for word in words if word)})


def _base_class(field: BoundField) -> str:
    match field.field.widget:
        case CheckboxInput():
            return "form-check-input"
        case Select() | SelectMultiple():
            return "form-select"
        case _:
            return "form-control"


@register.inclusion_tag("components/field.html")
def field(
    field: BoundField, label: str = "", help: str = "", money: bool = False, wide: bool = False, **attrs: Any
) -> dict[str, Any]:
    """Label, control, help and error of a form field, laid out by the theme.

    `money` puts the currency's sign in front; `wide` lets the field span a whole row of `fields`; further keywords
    become attributes of the control.
    """
    if money:
        attrs = {"inputmode": "decimal", **attrs}
    return {
        "field": field,
        "control": control(field, **attrs),
        "label": label or field.label,
        "help": help or field.help_text,
        "sign": formats.sign() if money else "",
        "wide": wide,
        "is_check": isinstance(field.field.widget, CheckboxInput),
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What is wrong with a form as a whole."""
    return {"errors": form.non_field_errors()}


# ── Lists ───────────────────────────────────────────────────────────────────────────────────────


@register.inclusion_tag("components/pagination.html")
def page_links(page: Page, target: str = "") -> dict[str, Any]:
    """Which part of a list this is, with the way to its neighbours; `target` swaps only that element."""
    return {"page": page, "target": target}


# ── State ───────────────────────────────────────────────────────────────────────────────────────


@register.inclusion_tag("components/badge.html", takes_context=True)
def sync_badge(context: template.Context, obj: MirroredModel) -> dict[str, Any]:
    """What QuickBooks has of a record, in one word; asks again by itself while that is on its way."""
    return badge(obj, context.get("company"))


def badge(obj: MirroredModel, company: Company | None, polls: int = 0) -> dict[str, Any]:
    """What `components/badge.html` shows; `polls` counts how often this badge has asked already."""
    state = SyncState(obj.sync_state)
    entity = mapping_of(obj).entity
    name, tone = STATE_LOOKS[state]
    # With nobody connected nothing moves; the page says so in one notice.
    asks = state in MOVING and (company is None or company.is_connected)
    return {
        "state": state,
        "icon_name": name,
        "tone": tone,
        "id": f"badge-{entity}-{obj.pk}",
        "url": reverse("sync_badge", args=[obj.company_id, entity, obj.pk]),
        "link": _explanation(state, obj, entity),
        "asks": asks,
        "polls": polls + 1,
        "seconds": POLL_SECONDS if polls < QUICK_POLLS else SLOW_POLL_SECONDS,
    }


def _explanation(state: SyncState, obj: MirroredModel, entity: str) -> str:
    """Where a state that needs a person is explained."""
    if state == SyncState.CONFLICT:
        return reverse("conflict", args=[obj.company_id, entity, obj.pk])
    if state == SyncState.NEEDS_YOU:
        return f"{reverse('sync', args=[obj.company_id])}#{entity}-{obj.pk}"
    return ""


#: Pages that have an entry of their own, by how their names begin.
SECTIONS = {
    "payment": "payments",
    "estimate": "estimates",
    "credit": "credits",
    "item": "items",
    "accounts": "items",
}


@register.simple_tag(takes_context=True)
def section(context: template.Context) -> str:
    """Which entry of the main menu the page belongs to."""
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.view_name if match else ""
    if name.startswith("invoices:proof"):
        return "sync"
    for start, entry in SECTIONS.items():
        if name.startswith(f"invoices:{start}"):
            return entry
    if ":" in name:
        return name.partition(":")[0]
    return "today" if name == "dashboard" else "sync"
