"""What is wrong with this installation, line by line, each with its remedy (`manage.py qbo_doctor`)."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.timesince import timesince
from huey.contrib.djhuey import HUEY

from qbo import pace, tokens, usage
from qbo.api.reach import reach
from qbo.models import Company, Connection, OutboxEntry
from qbo.sync import push, states

#: Tokens and signatures do not mind less.
LARGEST_SKEW = 60
#: The worker looks at everything once a minute, so what has been due for longer than this is not being looked after.
LONGEST_DUE = timedelta(minutes=5)
SOON = 14


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is empty when it is well."""

    what: str
    said: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy


def examine() -> Iterator[Finding]:
    """Everything, from the settings to each company."""
    yield from _keys()
    yield _redirect()
    yield from _quickbooks()
    yield _webhook()
    yield from _queue()
    yield _budget()
    companies = Company.objects.exclude(connection=Connection.DISCONNECTED)
    if not companies:
        yield Finding("Companies", "none is connected", "Log in and click Connect to QuickBooks.")
    for company in companies:
        yield from _company(company)


def _keys() -> Iterator[Finding]:
    for name in ("QBO_CLIENT_ID", "QBO_CLIENT_SECRET"):
        is_set = bool(getattr(settings, name))
        yield Finding(
            name, "set" if is_set else "empty", "" if is_set else "Copy it from your app's keys into .env."
        )
    remedy = "" if settings.TOKEN_KEYS else "Put the output of `manage.py make_token_key` into .env."
    yield Finding("TOKEN_KEYS", f"{len(settings.TOKEN_KEYS)} set" if settings.TOKEN_KEYS else "empty", remedy)


def _redirect() -> Finding:
    uri = f"{settings.PORTAL_URL}/connect/callback/"
    parts = urlsplit(uri)
    local = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme != "https" and not (local and settings.QBO_ENVIRONMENT != "production"):
        remedy = "Intuit takes https only, but for localhost while developing. Set PORTAL_URL."
    else:
        remedy = ""
    return Finding("Redirect URI", f"{uri} (register it to the letter)", remedy)


def _quickbooks() -> Iterator[Finding]:
    environment = tokens.oauth_config().environment
    address = environment if environment.startswith("http") else DISCOVERY[environment]
    found = reach(address)
    if found.status != 200:
        said = f"no answer ({found.problem or found.status})"
        yield Finding("QuickBooks", said, f"Find out why this machine cannot reach {address}.")
        return
    yield Finding("QuickBooks", "answers")
    if found.skew is not None:
        off = abs(found.skew) > LARGEST_SKEW
        said = f"{abs(found.skew):.0f} seconds {'behind' if found.skew > 0 else 'ahead of'} QuickBooks"
        yield Finding("Clock", said, "Set this machine's clock by NTP." if off else "")


DISCOVERY = {
    "sandbox": "https://developer.api.intuit.com/.well-known/openid_sandbox_configuration",
    "production": "https://developer.api.intuit.com/.well-known/openid_configuration",
}


def _webhook() -> Finding:
    """A signed delivery without events, by the way that QuickBooks' own take."""
    url = f"{settings.PORTAL_URL}/webhooks/quickbooks/"
    if not settings.QBO_WEBHOOK_TOKEN:
        remedy = (
            "Copy the verifier token of your app's webhooks page into .env, or changes arrive minutes late."
        )
        return Finding("Webhooks", "QBO_WEBHOOK_TOKEN is empty", remedy)
    digest = hmac.new(settings.QBO_WEBHOOK_TOKEN.encode(), b"[]", hashlib.sha256).digest()
    headers = {"intuit-signature": base64.b64encode(digest).decode(), "Content-Type": "application/json"}
    found = reach(url, body=b"[]", headers=headers)
    if found.status == 200:
        return Finding("Webhooks", f"{url} takes a signed delivery")
    said = f"{url}: {found.problem or f'HTTP {found.status}'}"
    remedy = "Start the web process, and let POST to this address through to it, unchanged."
    if found.status == 401:
        remedy = "The web process has another QBO_WEBHOOK_TOKEN than this command. Restart it."
    return Finding("Webhooks", said, remedy)


def _queue() -> Iterator[Finding]:
    try:
        yield Finding("Queue", f"{HUEY.pending_count()} jobs wait")
    except Exception as error:  # whatever the storage raises: it is a library's
        yield Finding(
            "Queue", f"{type(error).__name__}: {error}", "Start what HUEY_URL names, or correct it."
        )
    since = timezone.now() - LONGEST_DUE
    late = [
        company
        for company in Company.objects.workable()
        if push.movable(company)
        .filter(state=OutboxEntry.State.WAITING, next_attempt_at=None, created_at__lt=since)
        .exists()
    ]
    if late:
        names = ", ".join(str(company) for company in late)
        yield Finding("Worker", f"changes of {names} have waited for minutes", "Start `manage.py run_huey`.")
    else:
        yield Finding("Worker", "nothing has waited for long")


def _budget() -> Finding:
    budget = usage.budget()
    if budget.allowed is None:
        return Finding("Reads of this month", f"{budget.used:,}, not metered here")
    remedy = "Get a larger plan at Intuit, or look for changes less often." if budget.is_short else ""
    return Finding("Reads of this month", f"{budget.used:,} of {budget.allowed:,}", remedy)


def _company(company: Company) -> Iterator[Finding]:
    name = str(company)
    if not company.is_connected:
        yield Finding(name, "reconnect needed", "A manager clicks Connect to QuickBooks; nothing is lost.")
        return
    days = company.days_to_reconnect
    remedy = "A manager connects again before then." if days is not None and days <= SOON else ""
    yield Finding(f"{name}, connection", "no end known" if days is None else f"for {days} more days", remedy)
    seen = company.last_webhook_at
    yield Finding(f"{name}, last webhook", f"{timesince(seen)} ago" if seen else "none yet")
    looked = company.caught_up_at
    yield Finding(f"{name}, last look", f"{timesince(looked)} ago" if looked else "not imported yet")
    down = pace.down_since(company)
    if down:
        yield Finding(f"{name}, QuickBooks", f"no answer since {timezone.localtime(down):%H:%M}", "Wait.")
    needs = states.needs_you_count(company.pk)
    remedy = f"See {settings.PORTAL_URL}/c/{company.pk}/sync/." if needs else ""
    yield Finding(f"{name}, needs a person", str(needs), remedy)
