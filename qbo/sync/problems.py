"""What went wrong, in a bookkeeper's words: what happened, why, what QuickBooks said, what is at stake, who can fix it.

One row per code of QuickBooks that we meet (facts 8.3). A code without a row still gets an honest sentence and
QuickBooks' own words.
"""

from dataclasses import dataclass
from decimal import Decimal

from qbo.models import MirroredModel, OutboxEntry, Verb
from qbo.sync.registry import load, mapping_for


@dataclass(frozen=True)
class Cause:
    """`title` takes the record's name as {label}; `remedy` names the act; `field` is the form field to look at; `who`
    can do it."""

    title: str
    why: str
    remedy: str
    field: str = ""
    who: str = "You, here."


@dataclass(frozen=True)
class Problem:
    """One entry's trouble, ready to be shown. `stake` is money, None where none is."""

    title: str
    why: str
    said: str
    code: str
    reference: str
    stake: Decimal | None
    remedy: str
    field: str
    who: str


CAUSES: dict[str, Cause] = {
    "6240": Cause(
        "{label}: the name is already taken in QuickBooks.",
        "Customers, vendors and employees share one list of names there, and inactive ones keep theirs.",
        "Give it another name here, or rename the other one in QuickBooks, then try again.",
        "display_name",
    ),
    "6140": Cause(
        "{label}: the number is already used in QuickBooks.",
        "Another document there has the same number.",
        "Choose another number and save.",
        "doc_number",
    ),
    "610": Cause(
        "{label} uses something that is inactive or deleted in QuickBooks.",
        "A customer, item or account that it names was made inactive, or the document itself was deleted there.",
        "Choose another one, or make it active again in QuickBooks, then try again.",
    ),
    "2500": Cause(
        "{label} uses something that is inactive in QuickBooks.",
        "A customer, item, account or payment method that it names is inactive there, or no longer exists.",
        "Choose another one, or make it active again in QuickBooks, then try again.",
    ),
    "gone": Cause(
        "{label} was deleted in QuickBooks.",
        "Somebody deleted it there while a change made here was waiting.",
        "If it is still wanted, enter it again here; the old record stays for reference.",
    ),
    "withdrawn": Cause(
        "{label} names something that never reached QuickBooks.",
        "What it names was given up or deleted here before QuickBooks had it.",
        "Choose another one and save.",
    ),
    "6210": Cause(
        "{label} is dated in a closed period.",
        "The books in QuickBooks are closed through a later date.",
        "Change the date, or ask whoever closes the books to open the period, then try again.",
        "txn_date",
        who="You, by changing the date. Or whoever closes the books in QuickBooks.",
    ),
    "620": Cause(
        "{label} pays something it cannot be put on.",
        "The invoice belongs to another customer in QuickBooks, or is no longer there.",
        "Open the payment and allocate it again.",
    ),
    "6540": Cause(
        "{label} is already on a deposit.",
        "QuickBooks does not let a deposited payment be changed.",
        "Take it off the deposit in QuickBooks, then try again.",
        who="Whoever keeps the books in QuickBooks.",
    ),
    "6220": Cause(
        "{label} still has an open balance.",
        "QuickBooks makes nobody inactive who owes, or is owed, money.",
        "Settle the balance first, then try again.",
    ),
    "6070": Cause(
        "{label}: a line's amount is not its quantity times its rate.",
        "QuickBooks multiplies and rounds half a cent up, and compares.",
        "Open the invoice and save it again, or show a concession as a discount.",
    ),
    "2050": Cause(
        "{label}: a text is too long for QuickBooks.",
        "One of its fields has more characters than QuickBooks keeps.",
        "Shorten it and save.",
    ),
    "2210": Cause(
        "{label}: QuickBooks does not accept the e-mail address.",
        "It does not look like an address to QuickBooks.",
        "Correct the address and save.",
        "email",
    ),
    "6420": Cause(
        "{label} has no e-mail address to be sent to.",
        "QuickBooks needs an address before it sends an invoice.",
        "Enter the address and send again.",
        "bill_email",
    ),
    "6190": Cause(
        "{label} could not be saved: the QuickBooks subscription is not active.",
        "QuickBooks accepts no new data while the subscription has ended or a bill is unpaid.",
        "Renew the subscription in QuickBooks, then try again.",
        who="Whoever pays for QuickBooks.",
    ),
    "5020": Cause(
        "{label}: the QuickBooks user who connected may not do this.",
        "That user's rights, or the QuickBooks plan, do not include it.",
        "Have an administrator of the QuickBooks company connect again, then try again.",
        who="An administrator of the QuickBooks company.",
    ),
    "5010": Cause(
        "{label} keeps changing in QuickBooks.",
        "Each time we saved it, somebody had changed it there a moment before.",
        "Wait until they have finished, then try again.",
        who="You, once the others have finished.",
    ),
    "ambiguous": Cause(
        "{label}: we cannot tell whether QuickBooks has it.",
        "QuickBooks never answered when it was sent, and now has more than one that it could be.",
        "Look at those in QuickBooks, delete what is there twice, then try again.",
        who="Whoever keeps the books in QuickBooks.",
    ),
    "unanswered": Cause(
        "{label}: QuickBooks gives no answer to it.",
        "It was sent for hours, and each time QuickBooks failed. Perhaps it has it, perhaps not.",
        "Look in QuickBooks, then try again: nothing is made twice.",
        who="You, with a look into QuickBooks.",
    ),
    "unconfirmed": Cause(
        "{label}: we cannot tell whether it was e-mailed.",
        "QuickBooks broke off while it was asked to send it, and its record shows no such e-mail.",
        "Ask whether it arrived. Trying again e-mails it once more.",
        who="You, by asking the customer.",
    ),
    "changed": Cause(
        "{label} was changed in QuickBooks after you asked to undo it.",
        "What would be voided or deleted is no longer what you saw.",
        "Look at it as it is now. Try again if it is still to go, or keep it.",
    ),
    "internal": Cause(
        "{label} could not be prepared for QuickBooks.",
        "The portal met something it does not understand. This is our fault, not yours.",
        "Try again; if it comes back, show the reference below to whoever runs this portal.",
        who="Whoever runs this portal.",
    ),
}
CAUSES["6200"] = CAUSES["6210"]
CAUSES["6450"] = CAUSES["6480"] = CAUSES["6540"]

#: What we found out ourselves: QuickBooks said nothing about it, so nothing is put into its mouth.
OUR_OWN = frozenset({"gone", "ambiguous", "unanswered", "unconfirmed", "changed", "withdrawn", "internal"})
UNKNOWN = Cause(
    "{label}: QuickBooks did not accept it.",
    "The reason is in QuickBooks' own words below.",
    "Put right what it says and save, or try again.",
    who="You, here, or somebody in QuickBooks.",
)
TAKEN_BACK = {
    Verb.SEND: "{label} was not sent.",
    Verb.VOID: "{label} was not voided.",
    Verb.DELETE: "{label} was not deleted.",
}


def cause_of(entry: OutboxEntry) -> Cause:
    """The row for an entry's code; entries with the same cause belong together on the page."""
    return CAUSES.get(entry.code, UNKNOWN)


def explain(entry: OutboxEntry, obj: MirroredModel | None = None) -> Problem:
    """An entry's trouble in words; `obj` is its record, where it is at hand."""
    cause = cause_of(entry)
    title = cause.title if entry.code in CAUSES else TAKEN_BACK.get(Verb(entry.verb), cause.title)
    return Problem(
        title=title.format(label=entry.label),
        why=cause.why,
        said="" if entry.code in OUR_OWN else entry.problem,
        code=entry.code,
        reference=entry.detail or (entry.problem if entry.code in OUR_OWN else ""),
        stake=_stake(entry, obj or load(entry.entity, entry.object_id)),
        remedy=cause.remedy,
        field=cause.field,
        who=cause.who,
    )


def _stake(entry: OutboxEntry, obj: MirroredModel | None) -> Decimal | None:
    return mapping_for(entry.entity).amount(obj) if obj is not None else None
