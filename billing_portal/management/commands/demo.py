"""`make run`: portal, worker and, unless a real QuickBooks is set up, the emulator, as one program."""

import os
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from billing_portal import environment
from billing_portal.processes import (
    Program,
    ProgramFailed,
    Supervisor,
    answers,
    end_with_parent,
    is_free,
    tell,
)

LOGIN = "demo"  # user name and password of the emulator's demonstration, and of nothing else
DEFAULT_PORTS = {"PORT": 8000, "EMULATOR_PORT": 8100}


class Command(BaseCommand):
    help = "Start the portal, its worker and, with QBO_ENVIRONMENT=emulator, the emulator; Ctrl-C stops all."
    requires_system_checks = []  # they ask for secrets, which are made first

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--end-with-parent",
            action="store_true",
            help="stop when the program that started this one is killed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end_with_parent"]:
            end_with_parent()
        try:
            self._run()
        except (CommandError, ProgramFailed) as error:
            self.stderr.write(str(error))  # a plain line, without "CommandError:" in front
            sys.exit(1)

    def _run(self) -> None:
        ports = {name: chosen_port(name) for name in DEFAULT_PORTS}
        refuse_busy(ports)
        self._make_secrets()
        self.check()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        login = demo_login() if uses_emulator() else real_login()
        Supervisor(programs(ports), child_environment(ports)).run(
            when_ready=lambda: self._when_ready(ports, login),
            when_stopping=lambda: self.stdout.write(f"\nStopping. Everything is kept in {data_folder()}."),
        )

    def _when_ready(self, ports: dict[str, int], login: str) -> None:
        if uses_emulator():
            subscribe(ports)
        self.stdout.write(welcome(ports, login))

    def _make_secrets(self) -> None:
        """On a first start, write `.env` and begin again, so that the settings are read with it."""
        made = environment.fill_in(settings.ENV_FILE, settings.BASE_DIR / ".env.example")
        if made:
            names, file = " and ".join(made), settings.ENV_FILE.name
            self.stdout.write(
                f"Wrote {names} into {file}. Keep that file: without it nothing can be decrypted."
            )
            self.stdout.flush()
            os.environ.update(made)
            os.execv(sys.executable, [sys.executable, *sys.argv])


def uses_emulator() -> bool:
    return settings.QBO_ENVIRONMENT == "emulator"


def chosen_port(name: str) -> int:
    text = os.environ.get(name) or str(DEFAULT_PORTS[name])
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"{name} is {text!r}; it has to be a number from 1 to 65535.")
    return int(text)


def refuse_busy(ports: dict[str, int]) -> None:
    wanted = ports if uses_emulator() else {"PORT": ports["PORT"]}
    for name, port in wanted.items():
        if not is_free(port) or list(wanted.values()).count(port) > 1:
            free = next(
                other for other in range(port + 1, 65536) if is_free(other) and other not in ports.values()
            )
            raise CommandError(f"Port {port} is in use. Start with {name}={free} make run.")


def demo_login() -> str:
    """Make the demonstration's user unless it is there; how to log in."""
    users = get_user_model().objects
    if not users.filter(username=LOGIN).exists():
        users.create_superuser(username=LOGIN, email="demo@example.com", password=LOGIN)
    return f"log in as {LOGIN} with password {LOGIN}"


def real_login() -> str:
    """Shut the demonstration's user out of a portal with real books; how to log in."""
    users = get_user_model().objects
    for user in users.filter(username=LOGIN, is_active=True):
        if user.check_password(LOGIN):
            user.set_unusable_password()
            user.save(update_fields=["password"])
    if any(user.has_usable_password() for user in users.filter(is_superuser=True, is_active=True)):
        return "log in as the user you made"
    return "first make a user: .venv/bin/python manage.py createsuperuser"


def child_environment(ports: dict[str, int]) -> dict[str, str]:
    """Our environment, with the addresses that follow from the ports unless somebody set them."""
    follow = {
        "PORTAL_URL": f"http://localhost:{ports['PORT']}",
        "QBO_EMULATOR_URL": f"http://127.0.0.1:{ports['EMULATOR_PORT']}",
        "PYTHONUNBUFFERED": "1",  # or a log's last lines, the interesting ones, might never be written
    }
    return follow | os.environ


def programs(ports: dict[str, int]) -> list[Program]:
    ordered = [worker(), web(ports["PORT"])]
    return [emulator(ports["EMULATOR_PORT"]), *ordered] if uses_emulator() else ordered


def emulator(port: int) -> Program:
    file = settings.VAR_DIR / "emulator.sqlite3"
    return Program(
        "emulator",
        [sys.executable, "-m", "emulator", "--port", str(port), "--seed", "demo", "--db", str(file)],
        settings.VAR_DIR / "log" / "emulator.log",
        lambda: answers(port, "/_control/"),
    )


def worker() -> Program:
    log = settings.VAR_DIR / "log" / "worker.log"
    return Program(
        "worker",
        [sys.executable, "manage.py", "run_huey"],
        log,
        lambda: "consumer started" in log.read_text(errors="replace"),  # it has no address to ask
        stop_signal=signal.SIGINT,  # Huey finishes the tasks it is in; SIGTERM would cut them off
    )


def web(port: int) -> Program:
    options = [
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "8",
        "--graceful-timeout",
        "5",
        "--no-control-socket",
    ]
    return Program(
        "web server",
        [sys.executable, "-m", "gunicorn", "billing_portal.wsgi", *options],
        settings.VAR_DIR / "log" / "web.log",
        lambda: answers(port, "/login/"),
    )


def subscribe(ports: dict[str, int]) -> None:
    """Have the emulator tell the portal about changes, as the webhooks page of an Intuit app would."""
    portal = f"http://127.0.0.1:{ports['PORT']}/webhooks/quickbooks/"
    wanted = {"url": portal, "verifierToken": settings.QBO_WEBHOOK_TOKEN}
    tell(ports["EMULATOR_PORT"], "/_control/webhooks", wanted)


def welcome(ports: dict[str, int], login: str) -> str:
    lines = ["", "The billing portal is running.", ""]
    portal = child_environment(ports)["PORTAL_URL"]
    lines.append(f"  Portal      {portal}    {login}")
    if uses_emulator():
        lines.append(
            f"  QuickBooks  http://127.0.0.1:{ports['EMULATOR_PORT']}    the emulator, for trying things out"
        )
    lines += [
        f"  Logs        {data_folder()}/log",
        "",
        f"Ctrl-C stops it. Your data stays in {data_folder()}.",
    ]
    return "\n".join(lines)


def data_folder() -> str:
    return os.path.relpath(settings.VAR_DIR, settings.BASE_DIR)
