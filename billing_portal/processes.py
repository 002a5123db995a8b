"""Run several programs as one: start them, wait until each answers, stop all when one ends or when told to.

Single-threaded on purpose. Signals arrive as bytes on a socket, so waiting is one `select`, and nobody polls
for the end of a program. On Linux a program also ends when its supervisor is killed outright.
"""

import ctypes
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 60.0  # the emulator may have to write a whole company first
STOP_SECONDS = 10.0  # time for the worker to finish the request that it is in
LAST_LINES = 15


class ProgramFailed(Exception):
    """A program ended or never answered; the text names it and quotes the end of its log."""


class StopRequested(Exception):
    """Ctrl-C, or a signal that asks the whole to end."""


@dataclass(frozen=True)
class Program:
    """A program to run: `is_ready` tells whether it answers by now; `stop_signal` ends it cleanly."""

    name: str
    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM


class News:
    """What the signal handlers heard."""

    def __init__(self, hearing: socket.socket) -> None:
        self._hearing = hearing

    def wait(self, seconds: float | None) -> None:
        """Return after a child changed or after `seconds`; raise StopRequested when told to end."""
        if not select.select([self._hearing], [], [], seconds)[0]:
            return
        if set(self._hearing.recv(64)) & set(STOP_SIGNALS):
            raise StopRequested


@dataclass
class Supervisor:
    """Runs `programs`, each in a process group of its own so that Ctrl-C reaches only us."""

    programs: Sequence[Program]
    environment: Mapping[str, str]
    running: list[tuple[Program, subprocess.Popen[bytes]]] = field(default_factory=list)

    def run(self, when_ready: Callable[[], None], when_stopping: Callable[[], None]) -> None:
        """Return after a requested stop, else raise ProgramFailed; either way nothing is left running."""
        with _listening() as news:
            try:
                for program in self.programs:
                    self._start(program)
                self._await_ready(news)
                when_ready()
                while True:
                    news.wait(None)
                    self._refuse_ended()
            except StopRequested:
                when_stopping()
            finally:
                self._stop_all(news)

    def _start(self, program: Program) -> None:
        with fresh_log(program.log) as log:
            process = subprocess.Popen(
                program.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_ends_with(os.getpid()),
            )
        self.running.append((program, process))

    def _await_ready(self, news: News) -> None:
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(self.programs)
        while waiting := [program for program in waiting if not program.is_ready()]:
            self._refuse_ended()
            if time.monotonic() > deadline:
                raise ProgramFailed(_report(waiting[0], f"did not answer within {READY_SECONDS:.0f} s"))
            news.wait(0.1)

    def _refuse_ended(self) -> None:
        for program, process in self.running:
            if process.poll() is not None:
                raise ProgramFailed(_report(program, f"ended by itself (exit code {process.returncode})"))

    def _stop_all(self, news: News) -> None:
        """Last started, first stopped: the worker may still need the emulator to finish what it is doing."""
        patience = STOP_SECONDS
        for program, process in reversed(self.running):
            process.send_signal(program.stop_signal)
            try:
                _await_end(process, news, patience)
            except StopRequested:
                patience = 0.0  # asked twice: no more waiting
            _kill_group(process)


def _await_end(process: subprocess.Popen[bytes], news: News, patience: float) -> None:
    deadline = time.monotonic() + patience
    while process.poll() is None and (left := deadline - time.monotonic()) > 0:
        news.wait(left)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The program, if it is still there, and whatever it may have left behind."""
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _listening() -> Iterator[News]:
    """Turn the signals that concern us into bytes to wait for, and put everything back afterwards."""
    hearing, speaking = socket.socketpair()
    speaking.setblocking(False)
    wanted = {*STOP_SIGNALS, signal.SIGCHLD}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        wanted.discard(signal.SIGHUP)  # started by nohup: a closed terminal is no reason to end
    before = {number: signal.signal(number, lambda *_: None) for number in wanted}
    previous = signal.set_wakeup_fd(speaking.fileno())
    try:
        yield News(hearing)
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before.items():
            signal.signal(number, handler)
        hearing.close()
        speaking.close()


def end_with_parent() -> None:
    """Have Linux send us SIGTERM when the process that started us dies; elsewhere nothing happens."""
    _ends_with(os.getppid())()


def _ends_with(parent: int) -> Callable[[], None]:
    set_death_signal = 1  # PR_SET_PDEATHSIG of prctl(2)

    def call() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)
            if os.getppid() != parent:  # it died before we asked
                os.kill(os.getpid(), signal.SIGTERM)

    return call


def answers(port: int, path: str) -> bool:
    """Whether a web server on this machine answers `path` without a failure of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tell(port: int, path: str, what: Mapping[str, str]) -> None:
    """Send JSON to a program on this machine; raises ConnectionError when it takes it badly."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(what), {"Content-Type": "application/json"})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise ConnectionError(f"port {port} answered {status} to {path}")


def is_free(port: int) -> bool:
    """Whether a server on this machine could listen at `port` now."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def fresh_log(path: Path) -> Iterator[int]:
    """A new log file, as a file descriptor; that of the last run stays beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_suffix(".previous.log"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _report(program: Program, what: str) -> str:
    lines = program.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "\n".join(
        [f"The {program.name} {what}. The end of {program.log}:", *(f"  {line}" for line in lines)]
    )
