"""The emulator's web application: every role that Intuit plays, on one origin."""

from flask import Flask

from emulator import api, attachments, control, control_webhooks, oauth, traffic
from emulator.service import Emulator
from emulator.store import Store
from emulator.web import web

__all__ = [
    "control_webhooks",
    "create_app",
    "running",
]  # the first puts its addresses on the control blueprint


def create_app(store: Store, *, enforce_limits: bool = True) -> Flask:
    """The application over an open store; pages and API find its parts as `service.emulator()`."""
    app = Flask("emulator", static_folder=None)
    app.extensions["emulator"] = Emulator(store, enforce_limits)
    traffic.watch(app)
    for blueprint in (api.blueprint, attachments.blueprint, oauth.blueprint, control.blueprint, web):
        app.register_blueprint(blueprint)
    return app


def running(app: Flask) -> Emulator:
    """The emulator inside an application that `create_app` made."""
    found: Emulator = app.extensions["emulator"]
    return found
