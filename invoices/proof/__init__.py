"""Proof of sync: open invoices, unapplied money and what each customer owes, here against QuickBooks' own reports.

compare.py   both sides' open documents, compared; pure
ours.py      the open documents that we hold, as of a day
errand.py    what the worker does: ask for the reports, compare, keep the result
"""
