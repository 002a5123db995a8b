"""Where a person finds a record in QuickBooks' own pages. Intuit does not document these addresses."""

from django.conf import settings

from qbo.models import MirroredModel
from qbo.sync.registry import mapping_of

#: The pages of QuickBooks Online.
HOSTS = {"production": "https://app.qbo.intuit.com/app", "sandbox": "https://sandbox.qbo.intuit.com/app"}
PAGES = {
    "Invoice": "invoice?txnId={id}",
    "Estimate": "estimate?txnId={id}",
    "CreditMemo": "creditmemo?txnId={id}",
    "Payment": "recvpayment?txnId={id}",
    "Customer": "customerdetail?nameId={id}",
}
#: The same in the emulator, for the kinds that have a page there.
SLUGS = {
    "Invoice": "invoices",
    "Payment": "payments",
    "Customer": "customers",
}


def in_quickbooks(obj: MirroredModel) -> str:
    """The address of the record's page in QuickBooks; "" when it has none there."""
    entity = mapping_of(obj).entity
    at_emulator = settings.QBO_ENVIRONMENT == "emulator"
    if not obj.qbo_id or obj.is_gone or entity not in (SLUGS if at_emulator else PAGES):
        return ""
    if at_emulator:
        realm = obj.company.realm_id
        return f"{settings.QBO_EMULATOR_URL}/company/{realm}/{SLUGS[entity]}/{obj.qbo_id}/"
    return f"{HOSTS[settings.QBO_ENVIRONMENT]}/{PAGES[entity].format(id=obj.qbo_id)}"
