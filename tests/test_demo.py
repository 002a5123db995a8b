"""`manage.py demo`, which is `make run`: in a fresh copy of the project, with real ports and real signals."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from billing_portal.processes import is_free

ROOT = Path(__file__).parent.parent
OURS = re.compile(
    r"^(SECRET_KEY|TOKEN_KEYS|DATABASE_URL|HUEY_URL|PORTAL_URL|VAR_DIR|ENV_FILE|QBO_|EMAIL_URL|DJANGO_SETTINGS)"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone holds: the source, and neither data nor keys."""
    copy = tmp_path_factory.mktemp("clone") / "portal"
    left_out = shutil.ignore_patterns(".*", "var", "__pycache__", "node_modules")
    shutil.copytree(ROOT, copy, ignore=left_out)
    shutil.copy(ROOT / ".env.example", copy)
    return copy


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as one,
        closing(socket.create_server(("127.0.0.1", 0))) as two,
    ):
        return {"PORT": one.getsockname()[1], "EMULATOR_PORT": two.getsockname()[1]}


class Demo:
    """A running `manage.py demo` and what it has printed."""

    def __init__(self, project: Path, ports: dict[str, int], **settings: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=project,
            env=clean | {name: str(port) for name, port in ports.items()} | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.portal = f"http://localhost:{ports['PORT']}"
        self.emulator = f"http://127.0.0.1:{ports['EMULATOR_PORT']}"

    def read_until(self, text: str) -> str:
        """What was printed up to the line with `text`; fails when the program ends or hangs before that."""
        assert self.process.stdout is not None
        printed = ""
        watchdog = threading.Timer(90, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            printed += line
            if text in line:
                break
        watchdog.cancel()
        assert text in printed, printed + self.end()[1]
        return printed

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Exit code and everything on stderr, after asking it to end."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=40)
        return self.process.returncode, err

    def children(self) -> dict[str, int]:
        """Process ids of the programs it started, by a word of their command lines."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        found = {}
        for line in listed.stdout.splitlines():
            pid, command = line.split(maxsplit=1)
            found.update({word: int(pid) for word in ("gunicorn", "run_huey", "emulator") if word in command})
        return found


@contextmanager
def demo(project: Path, ports: dict[str, int], **settings: str) -> Iterator[Demo]:
    running = Demo(project, ports, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()
        for stream in (running.process.stdout, running.process.stderr):
            assert stream is not None
            stream.close()


def log_in(portal: str) -> requests.Session:
    session = requests.Session()
    form = session.get(f"{portal}/login/", timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token is not None
    answer = session.post(
        f"{portal}/login/",
        {"username": "demo", "password": "demo", "csrfmiddlewaretoken": token[1]},
        headers={"Referer": portal},
        timeout=10,
    )
    assert answer.ok
    assert "/login/" not in answer.url
    return session


def test_a_first_start_needs_nothing_and_a_second_one_keeps_everything(
    project: Path, ports: dict[str, int]
) -> None:
    with demo(project, ports) as first:
        printed = first.read_until("Ctrl-C")
        assert f"{first.portal}    log in as demo with password demo" in printed
        assert first.emulator in printed
        session = log_in(first.portal)
        assert requests.get(f"{first.emulator}/", timeout=10).ok
        assert set(first.children()) == {"gunicorn", "run_huey", "emulator"}
        secrets = (project / ".env").read_bytes()
        assert first.end() == (0, "")
    assert all(is_free(port) for port in ports.values())

    with demo(project, ports) as second:
        second.read_until("Ctrl-C")
        assert (project / ".env").read_bytes() == secrets
        still_in = session.get(f"{second.portal}/login/", timeout=10)
        assert "/login/" not in still_in.url, "the session did not survive the restart"
        assert second.end(signal.SIGTERM) == (0, "")
    assert all(is_free(port) for port in ports.values())


def test_when_the_worker_dies_everything_ends_and_says_so(project: Path, ports: dict[str, int]) -> None:
    with demo(project, ports) as running:
        running.read_until("Ctrl-C")
        os.kill(running.children()["run_huey"], signal.SIGKILL)
        _, err = running.process.communicate(timeout=40)
        assert running.process.returncode == 1
        assert err.startswith("The worker ended by itself (exit code -9). The end of ")
    assert all(is_free(port) for port in ports.values())


@pytest.mark.parametrize("name", ["PORT", "EMULATOR_PORT"])
def test_a_port_in_use_is_one_clear_line(project: Path, ports: dict[str, int], name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with demo(project, ports | {name: taken}) as refused:
            _, err = refused.process.communicate(timeout=40)
    assert refused.process.returncode == 1
    assert re.fullmatch(rf"Port {taken} is in use\. Start with {name}=\d+ make run\.\n", err)


def test_nonsense_for_a_port_is_one_clear_line(project: Path, ports: dict[str, int]) -> None:
    with demo(project, ports, PORT="eighty") as refused:
        _, err = refused.process.communicate(timeout=40)
    assert (refused.process.returncode, err) == (
        1,
        "PORT is 'eighty'; it has to be a number from 1 to 65535.\n",
    )


def test_with_real_books_there_is_neither_emulator_nor_demo_login(
    project: Path, ports: dict[str, int]
) -> None:
    """Not even when the same database has seen the demonstration before."""
    with demo(project, ports) as before:
        before.read_until("Ctrl-C")
        log_in(before.portal)
    real = {"QBO_ENVIRONMENT": "sandbox", "QBO_CLIENT_ID": "id", "QBO_CLIENT_SECRET": "secret"}
    with demo(project, ports, **real) as running:
        printed = running.read_until("Ctrl-C")
        assert "manage.py createsuperuser" in printed
        assert set(running.children()) == {"gunicorn", "run_huey"}
        with pytest.raises(AssertionError):
            log_in(running.portal)
        assert running.end() == (0, "")
