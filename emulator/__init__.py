"""A stand-in for QuickBooks Online: its OAuth, its Accounting API and its company file, on one local address.

Written from the facts in `docs/quickbooks.md`; "facts 9.3" in a comment is section 9.3 of that file. "Emulator choice"
marks behaviour that no source establishes. It imports nothing of the portal and the portal imports nothing of it.
"""
