"""The sync engine: local edits out, QuickBooks' changes in, and neither over the other unseen.

`outbox` and `inbox` note what has to be done, `worker` does it for one company at a time, `push` and `pull` talk to
QuickBooks through a `mapping`, `merge` joins two edits of one object, `problems` says what went wrong in words.
"""
