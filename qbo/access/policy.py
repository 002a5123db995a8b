"""Who may do what: one table that every page goes through.

A page is named by its URL name. A page that is not in the table is refused, so a new one cannot be forgotten.
Company pages carry `company_id` in their URL; for somebody who is no member of that company they do not exist (404).
"""

from enum import Enum
from typing import Any

from qbo.models import Company, Membership, Role


class Open(Enum):
    """Pages outside any company."""

    ANYBODY = "anybody"  # signed in or not
    SIGNED_IN = "signed in"
    ADMIN = "the installation's admin"


Rule = Role | Open

POLICY: dict[str, Rule] = {
    "login": Open.ANYBODY,
    "logout": Open.SIGNED_IN,
    "password_change": Open.SIGNED_IN,
    "password_change_done": Open.SIGNED_IN,
    "webhook": Open.ANYBODY,  # and refused without QuickBooks' signature
    "home": Open.SIGNED_IN,
    # Connecting a new company; reconnecting one asks for its manager in the view as well.
    "connect": Open.SIGNED_IN,
    "connect_callback": Open.SIGNED_IN,
    "dashboard": Role.VIEWER,
    "sync": Role.VIEWER,
    "sync_badge": Role.VIEWER,
    "sync_retry": Role.BILLER,
    "sync_retry_all": Role.BILLER,
    "sync_repair": Role.BILLER,
    "sync_put_away": Role.BILLER,
    "fetch_again": Role.BILLER,
    "conflict": Role.VIEWER,
    "conflict_resolve": Role.BILLER,
    "connection": Role.VIEWER,
    "calls": Role.VIEWER,
    "import_start": Role.MANAGER,
    "import_progress": Role.VIEWER,
    "disconnect": Role.MANAGER,
    "customers:list": Role.VIEWER,
    "customers:detail": Role.VIEWER,
    "customers:suggest": Role.VIEWER,
    "customers:new": Role.BILLER,
    "customers:edit": Role.BILLER,
    "customers:namesakes": Role.BILLER,
    "customers:link": Role.BILLER,
    "customers:beside": Role.BILLER,
    "customers:deactivate": Role.BILLER,
    "customers:reactivate": Role.BILLER,
    "invoices:list": Role.VIEWER,
    "invoices:detail": Role.VIEWER,
    "invoices:pdf": Role.VIEWER,
    "invoices:new": Role.BILLER,
    "invoices:edit": Role.BILLER,
    "invoices:draft": Role.BILLER,
    "invoices:items": Role.BILLER,
    "invoices:drafts": Role.BILLER,
    "invoices:draft_open": Role.BILLER,
    "invoices:draft_discard": Role.BILLER,
    "invoices:send": Role.BILLER,
    "invoices:void": Role.BILLER,
    "invoices:delete": Role.BILLER,
    "invoices:estimate_list": Role.VIEWER,
    "invoices:estimate_detail": Role.VIEWER,
    "invoices:estimate_pdf": Role.VIEWER,
    "invoices:estimate_new": Role.BILLER,
    "invoices:estimate_edit": Role.BILLER,
    "invoices:estimate_draft": Role.BILLER,
    "invoices:estimate_send": Role.BILLER,
    "invoices:estimate_delete": Role.BILLER,
    "invoices:credit_list": Role.VIEWER,
    "invoices:credit_detail": Role.VIEWER,
    "invoices:credit_pdf": Role.VIEWER,
    "invoices:credit_new": Role.BILLER,
    "invoices:credit_edit": Role.BILLER,
    "invoices:credit_draft": Role.BILLER,
    "invoices:credit_send": Role.BILLER,
    "invoices:credit_delete": Role.BILLER,
    "invoices:item_list": Role.VIEWER,
    "invoices:item": Role.VIEWER,
    "invoices:item_new": Role.BILLER,
    "invoices:item_edit": Role.BILLER,
    "invoices:item_deactivate": Role.BILLER,
    "invoices:item_reactivate": Role.BILLER,
    "invoices:accounts": Role.VIEWER,
    "invoices:proof": Role.VIEWER,
    "invoices:proof_start": Role.BILLER,
    "invoices:proof_repair": Role.BILLER,
    "invoices:payments": Role.VIEWER,
    "invoices:payment": Role.VIEWER,
    "invoices:payment_new": Role.BILLER,
    "invoices:payment_edit": Role.BILLER,
    "invoices:payment_draft": Role.BILLER,
    "invoices:payment_take_back": Role.BILLER,
    "invoices:payment_void": Role.BILLER,
    "invoices:payment_delete": Role.BILLER,
}
#: Whole namespaces with one rule.
NAMESPACES: dict[str, Rule] = {"admin": Open.ADMIN}


def rule_for(view_name: str) -> Rule | None:
    """The rule of a page; None when the table forgot it."""
    return POLICY.get(view_name) or NAMESPACES.get(view_name.partition(":")[0] if ":" in view_name else "")


def role_of(user: Any, company: Company) -> Role | None:
    """A user's role in a company; None for somebody else's company."""
    if user.is_superuser:
        return Role.MANAGER
    membership = Membership.objects.filter(user=user, company=company).first()
    return Role(membership.role) if membership else None


def allows(rule: Rule | None, user: Any, role: Role | None) -> bool:
    """Whether somebody with `role` in the page's company (None outside one) may open it."""
    match rule:
        case None:
            return False
        case Open.ANYBODY:
            return True
        case Open.SIGNED_IN:
            return bool(user.is_authenticated)
        case Open.ADMIN:
            return bool(user.is_authenticated and user.is_superuser)
        case _:
            return role is not None and role.rank >= Role(rule).rank


def may(user: Any, company: Company, view_name: str) -> bool:
    """Whether a button that leads to `view_name` is worth showing."""
    return allows(rule_for(view_name), user, role_of(user, company))


def may_connect_new(user: Any) -> bool:
    """Whether the user may bring a further QuickBooks company into this installation."""
    return bool(user.is_superuser or user.is_staff)
