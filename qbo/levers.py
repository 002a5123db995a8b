"""What the admin can have done to selected rows. Each row counts alone, and one message tells of them all."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from qbo.models import MirroredModel, OutboxEntry, User
from qbo.sync import inbox, outbox
from qbo.sync.outbox import NotPossible
from qbo.sync.registry import mapping_of

NAMED = 10  # in a message
SHOWN = 100  # on the page that asks first
KEPT = (ACTION_CHECKBOX_NAME, "select_across")  # which rows were chosen

Act = Callable[[Any], object]


def on_each(request: HttpRequest, rows: QuerySet[Any], act: Act, done: str) -> None:
    """Do `act` to each row, locked and in a transaction of its own; NotPossible from it stops that row only.

    `done` begins the message: "On the way to QuickBooks: Invoice 1042, Invoice 1043. Not done: …".
    """
    worked, refused = [], []
    for pk in rows.values_list("pk", flat=True):
        try:
            worked.append(_on_one(rows.model, pk, act))
        except NotPossible as refusal:
            refused.append(str(refusal).rstrip("."))
    parts = [f"{done}: {_named(worked)}."] if worked else []
    parts += [f"Not done: {_named(refused, '; ')}."] if refused else []
    level = messages.WARNING if refused else messages.SUCCESS
    messages.add_message(request, level, " ".join(parts) or "Nothing was selected.")


@transaction.atomic
def _on_one(model: type[models.Model], pk: Any, act: Act) -> str:
    row = model._default_manager.select_for_update().get(pk=pk)
    act(row)
    return str(row)


def _named(texts: list[str], separator: str = ", ") -> str:
    more = len(texts) - NAMED
    return separator.join(texts[:NAMED]) + (f" and {more} more" if more > 0 else "")


def push_now(obj: MirroredModel, *, by: User) -> None:
    """Send what waits at once, or have the object compared with QuickBooks if nothing does. Raises NotPossible."""
    if not mapping_of(obj).pushable:
        raise NotPossible(f"{obj} is only read from QuickBooks.")
    if obj.is_gone:
        raise NotPossible(f"{obj} is no longer in QuickBooks.")
    waiting = list(OutboxEntry.objects.of(mapping_of(obj).entity, obj.pk).unfinished())
    if any(entry.state == OutboxEntry.State.CONFLICT for entry in waiting):
        raise NotPossible(f"{obj} was changed on both sides. Decide that first.")
    for entry in waiting:
        outbox.retry(entry)
    if not waiting:
        outbox.enqueue(obj, reason="pushed by hand", asked_by=by)


def try_again(entry: OutboxEntry) -> None:
    """Try what waits again at once. Raises NotPossible for what is over or waits for a decision."""
    if entry.finished_at or entry.state == OutboxEntry.State.CONFLICT:
        raise NotPossible(f"{entry}: {entry.get_state_display().lower()}.")
    outbox.retry(entry)


def fetch_again(obj: MirroredModel) -> None:
    """Have the object read from QuickBooks again. Raises NotPossible."""
    if not obj.qbo_id:
        raise NotPossible(f"{obj} is not in QuickBooks yet.")
    inbox.note(obj.company, mapping_of(obj).entity, obj.qbo_id, reason="asked for in admin")


def ask_first(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    action: str,
    question: str,
    describe: Callable[[Any], str],
    button: str,
) -> TemplateResponse | None:
    """The page that asks before what cannot be taken back; None once the person has pressed `button` on it."""
    if request.POST.get("confirmed"):
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question,
        "opts": model_admin.opts,
        "lines": [describe(row) for row in rows[:SHOWN]],
        "more": max(rows.count() - SHOWN, 0),
        "sent": [(name, value) for name in KEPT for value in request.POST.getlist(name)],
        "action": action,
        "button": button,
    }
    return TemplateResponse(request, "admin/ask_first.html", context)


def person(request: HttpRequest) -> User:
    """Who is asking: the policy lets nobody but signed-in people into the admin."""
    return cast(User, request.user)
