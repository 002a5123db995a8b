"""Why a connection did not come about, in words that say the way out."""

from dataclasses import dataclass

from qbo import oauth


@dataclass(frozen=True)
class Refusal:
    """`again` says whether trying once more makes sense."""

    title: str
    text: str
    status: int = 400
    again: bool = True


REFUSALS = {
    "state": Refusal(
        "This sign-in did not start here",
        "QuickBooks sent somebody back with an answer that this browser did not ask for, or that was used already. "
        "Nothing was stored. Start again from here.",
    ),
    "incomplete": Refusal(
        "The answer from QuickBooks is incomplete",
        "It names no company or no code. Nothing was stored.",
    ),
    "not_yours": Refusal(
        "Others have connected this company already",
        "Nothing was changed. Ask one of its managers to let you in; it need not be connected twice.",
        status=403,
        again=False,
    ),
    "may_not": Refusal(
        "You may not connect a new company",
        "Nothing was stored. Ask the person who runs this portal to connect it, or to make your account a staff "
        "account.",
        status=403,
        again=False,
    ),
    "access_denied": Refusal(
        "Nothing is connected",
        "You chose not to let the portal into QuickBooks. That is fine: nothing was stored, and you can connect "
        "whenever you like.",
        status=200,
    ),
    "invalid_scope": Refusal(
        "QuickBooks does not give this portal access to accounting",
        "The app at developer.intuit.com lacks the scope com.intuit.quickbooks.accounting. The person who runs this "
        "portal can add it there.",
    ),
    "consent": Refusal(
        "QuickBooks did not let us in",
        "It gave no reason that we know. Nothing was stored.",
    ),
    "code": Refusal(
        "QuickBooks did not accept this sign-in",
        "The code it gave was used already or is too old: each is good for one use and a few minutes. "
        "Nothing was stored.",
    ),
    "client": Refusal(
        "QuickBooks does not know this portal",
        "The client id and secret in the settings do not belong together, or not to this environment. The person who "
        "runs this portal can put that right (QBO_CLIENT_ID, QBO_CLIENT_SECRET).",
        status=502,
        again=False,
    ),
    "unreachable": Refusal(
        "QuickBooks does not answer",
        "Nothing was stored. Try again in a minute.",
        status=502,
    ),
}


def of_consent(error: str) -> Refusal:
    """For the `error` that came back from the consent page (facts 1.3)."""
    return REFUSALS[error] if error in ("access_denied", "invalid_scope") else REFUSALS["consent"]


def of_oauth(error: oauth.OAuthFailed) -> Refusal:
    """For what went wrong between us and Intuit."""
    match error:
        case oauth.InvalidGrant():
            return REFUSALS["code"]
        case oauth.InvalidClient():
            return REFUSALS["client"]
        case oauth.OAuthUnreachable():
            return REFUSALS["unreachable"]
        case _:
            return REFUSALS["consent"]
