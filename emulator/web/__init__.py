"""The emulator's pages for people: look into a company file, and act as somebody inside QuickBooks."""

from emulator.web import edits, hooks, machine, pages
from emulator.web.site import web

__all__ = ["edits", "hooks", "machine", "pages", "web"]
