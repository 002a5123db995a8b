from qbo.models.access import Membership, Role, User
from qbo.models.company import Company, CompanyQuerySet, Connection
from qbo.models.imports import ImportRun
from qbo.models.inbox import InboxEntry
from qbo.models.lease import Lease
from qbo.models.mirror import AgreedCopy, Conflict, MirroredModel, MirroredQuerySet, SyncState
from qbo.models.outbox import OutboxEntry, Request, Verb
from qbo.models.pace import Notice, Pace, Usage

__all__ = [
    "AgreedCopy",
    "Company",
    "CompanyQuerySet",
    "Conflict",
    "Connection",
    "ImportRun",
    "InboxEntry",
    "Lease",
    "Membership",
    "MirroredModel",
    "MirroredQuerySet",
    "Notice",
    "OutboxEntry",
    "Pace",
    "Request",
    "Role",
    "SyncState",
    "Usage",
    "User",
    "Verb",
]
