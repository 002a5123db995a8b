"""What happened with a customer, newest first: documents, e-mails, and what went from here to QuickBooks and back.

Two lanes: what was done here, with the name of who did it, and what was done in QuickBooks, which names nobody.
However much there is, it takes three queries, each of which reads no more rows than are shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from customers import documents, undertakings
from customers.documents import Document
from customers.family import Family
from customers.models import Customer
from customers.undertakings import Undertaking
from qbo import formats
from qbo.models import SyncState, Verb

HERE, THERE = "here", "there"
PAGE, MOST = 25, 500
#: What can be shown alone: the address's word, the label, and the relation whose documents it shows.
TABS = {
    "invoices": ("Invoices", "invoices"),
    "payments": ("Payments", "payments"),
    "estimates": ("Estimates", "estimates"),
    "credits": ("Credits", "credit_memos"),
    "emails": ("E-mails", ""),
    "changes": ("Changes", ""),
}
ICONS = {
    "invoices": "document-text",
    "payments": "banknotes",
    "estimates": "clipboard-document-list",
    "credit_memos": "receipt-refund",
}
#: An e-mail that we asked for and the delivery that QuickBooks tells of it are this close.
SAME_EMAIL = timedelta(minutes=5)
#: And so are our own save and the time that QuickBooks puts on it.
SAME_CHANGE = timedelta(minutes=2)


@dataclass(frozen=True)
class Event:
    """`at` decides the order; `timed` says whether its time of day is known. `notes` are short sentences."""

    at: datetime
    side: str
    icon: str
    title: str
    url: str = ""
    notes: list[str] = field(default_factory=list)
    timed: bool = True
    faded: bool = False
    rank: int = 1  # of two at the same moment: a document is there before it is e-mailed


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: int | None
    is_current: bool


@dataclass(frozen=True)
class Timeline:
    events: list[Event]
    tabs: list[Tab]
    has_older: bool
    shown: int
    only: str

    @property
    def next_shown(self) -> int:
        """How many to ask for next; 0 where the lists serve better."""
        return self.shown + PAGE if self.has_older and self.shown < MOST else 0


def of(family: Family, data: Any) -> Timeline:
    """`data` may say how many to `show` and which kind `only`."""
    only = data.get("only", "") if data.get("only") in TABS else ""
    wanted = data.get("show", "")
    shown = min(max(int(wanted), PAGE), MOST) if wanted.isdecimal() and len(wanted) < 6 else PAGE
    events = sorted(_events(family, only, shown + 1), key=lambda event: (event.at, event.rank), reverse=True)
    return Timeline(events[:shown], _tabs(family, only), len(events) > shown, shown, only)


def _tabs(family: Family, only: str) -> list[Tab]:
    figures = family.together
    counts = {
        "invoices": figures.invoices,
        "payments": figures.payments,
        "estimates": figures.estimates,
        "credits": figures.credits,
        "emails": figures.emails,
    }
    tabs = [Tab(name, label, counts.get(name), name == only) for name, (label, _) in TABS.items()]
    return [Tab("", "Everything", None, not only), *(tab for tab in tabs if tab.count != 0 or tab.is_current)]


def _events(family: Family, only: str, limit: int) -> Iterator[Event]:
    asked = undertakings.latest(family, limit)
    shown: list[Document] = []
    if only not in ("emails", "changes"):
        relations = [TABS[only][1]] if only else list(ICONS)
        entered = {each.about: each for each in asked if each.is_first}
        shown = documents.latest(family, relations, limit)
        for document in shown:
            yield _document(document, family, entered.get((document.entity, document.pk)))
    sent = [each for each in asked if each.verb == Verb.SEND]
    if only in ("", "emails"):
        yield from (_undertaking(each, family) for each in sent)
        told = documents.emailed(family, limit)
        yield from (_emailed(document, family) for document in told if not _was_asked(document, sent))
    if only in ("", "changes"):
        changes = (each for each in asked if each.verb != Verb.SEND and not each.is_first)
        yield from (_undertaking(each, family) for each in changes)
        yield from _about(family.customer, asked, shown)


# ── Events in words ─────────────────────────────────────────────────────────────────────────────


def _document(document: Document, family: Family, entered: Undertaking | None) -> Event:
    """At the time it was entered, or at its own date where that is another day."""
    same_day = timezone.localtime(document.made_at).date() == document.day
    here = document.was_made_here
    state = SyncState(document.sync_state)
    settled = state == SyncState.IN_QUICKBOOKS
    outcome = entered.outcome if entered and settled else "" if here and settled else state.label
    notes = [
        family.names.get(document.customer, ""),
        "Void" if document.is_void else "",
        _spare(document),
        document.by or (entered.by if entered and here else ""),
        outcome if here or not settled else "",
    ]
    return Event(
        at=document.made_at if same_day else _morning(document.day),
        side=HERE if here else THERE,
        icon=ICONS[document.relation],
        title=f"{document.label}, {formats.money_sign(document.total, document.currency)}",
        url=document.url(family.customer.company_id, family.customer),
        notes=[note for note in notes if note],
        timed=same_day,
        faded=document.is_void,
        rank=0,
    )


def _spare(document: Document) -> str:
    if document.relation not in ("payments", "credit_memos") or document.is_void or not document.spare:
        return ""
    left = formats.money_sign(document.spare, document.currency)
    return f"{left} kept as credit" if document.relation == "payments" else f"{left} of it unused"


def _emailed(document: Document, family: Family) -> Event:
    to = f"to {document.bill_email}" if document.bill_email else ""
    return Event(
        at=document.emailed_at or document.made_at,
        side=THERE,
        icon="envelope",
        title=f"{document.label} e-mailed",
        url=document.url(family.customer.company_id, family.customer),
        notes=[note for note in (family.names.get(document.customer, ""), to) if note],
    )


def _was_asked(document: Document, sent: list[Undertaking]) -> bool:
    """Whether the delivery that QuickBooks tells of is one that was asked for here."""
    at = document.emailed_at
    return any(
        each.about == (document.entity, document.pk) and at and abs((each.done_at or at) - at) < SAME_EMAIL
        for each in sent
    )


def _undertaking(each: Undertaking, family: Family) -> Event:
    icon = {Verb.SEND: "envelope", Verb.SAVE: "pencil"}.get(Verb(each.verb), "no-symbol")
    mine = each.about == ("Customer", family.customer.pk)
    notes = [family.names.get(each.customer, ""), each.by, each.outcome]
    return Event(
        at=each.asked_at,
        side=HERE,
        icon="user" if each.entity == "Customer" else icon,
        title=each.title(mine),
        url="" if mine else each.url(family.customer.company_id, family.customer),
        notes=[note for note in notes if note],
    )


def _about(customer: Customer, asked: list[Undertaking], shown: list[Document]) -> Iterator[Event]:
    """What is known of the customer's own record in QuickBooks: when it came to be, was last changed, and went.

    A document of the same moment explains a change: with it the balance changed.
    """
    made, changed = customer.qbo_created_at, customer.qbo_updated_at
    own = [each for each in asked if each.about == ("Customer", customer.pk)]
    first = next((each for each in own if each.is_first), None)
    if not customer.qbo_id or first or (made and customer.created_at < made):
        notes = [first.by, first.outcome] if first else []
        yield Event(
            customer.created_at, HERE, "user-plus", "Customer entered", notes=[note for note in notes if note]
        )
    elif made:
        yield Event(made, THERE, "user-plus", "Customer made")
    causes = [*(each.done_at for each in own if each.done_at), *(document.made_at for document in shown)]
    if made and changed and changed > made and all(abs(at - changed) > SAME_CHANGE for at in causes):
        yield Event(changed, THERE, "user", "Customer changed", notes=["The latest change there"])
    if customer.gone_at and customer.qbo_id:
        title = "Merged into another customer" if customer.merged_into else "Gone from QuickBooks"
        yield Event(customer.gone_at, THERE, "no-symbol", title)


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
