"""The supervisor of `make run`, with real programs and real signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing_portal.processes import is_free
from tests.supervised import UP

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.supervised", str(tmp_path), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def await_ready(supervisor: subprocess.Popen[str]) -> None:
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "ready\n"


def children(folder: Path) -> list[int]:
    return [int(file.read_text()) for file in folder.glob("*.pid")]


def is_running(pid: int) -> bool:
    """False for a zombie too: it has ended, and only its new parent has not looked yet."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(status.strip()) and not status.startswith("Z")


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, "a program outlived its supervisor"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_everything_and_is_no_failure(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    supervisor = start()
    await_ready(supervisor)
    pids = children(tmp_path)
    assert len(pids) == 3

    supervisor.send_signal(number)
    out, err = supervisor.communicate(timeout=15)
    assert (supervisor.returncode, out, err) == (0, "stopping\n", "")
    wait_until_gone(pids)


def test_when_one_program_ends_all_end_and_its_last_words_are_told(start: Start, tmp_path: Path) -> None:
    wait_for_go = "while not (folder / 'go').exists(): time.sleep(0.05)\n"
    supervisor = start(UP + "print('out of paper', flush=True)\n" + wait_for_go + "sys.exit(7)")
    await_ready(supervisor)
    pids = children(tmp_path)
    (tmp_path / "go").touch()
    _, err = supervisor.communicate(timeout=15)
    assert supervisor.returncode == 1
    assert err.startswith("The first ended by itself (exit code 7). The end of ")
    assert "  out of paper" in err
    wait_until_gone(pids)


def test_a_program_that_cannot_start_is_told_at_once(start: Start, tmp_path: Path) -> None:
    supervisor = start("sys.exit('no such company file')")
    out, err = supervisor.communicate(timeout=15)
    assert (supervisor.returncode, out) == (1, "")
    assert "  no such company file" in err
    wait_until_gone(children(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program that its parent was killed")
def test_no_program_outlives_a_supervisor_that_was_killed_outright(start: Start, tmp_path: Path) -> None:
    supervisor = start()
    await_ready(supervisor)
    programs = [int((tmp_path / f"{name}.pid").read_text()) for name in ("first", "second")]
    grandchild = int((tmp_path / "grandchild.pid").read_text())
    supervisor.kill()
    wait_until_gone(programs)
    os.kill(grandchild, signal.SIGKILL)  # of no concern to the kernel's promise, and ours to clean up


def test_a_port_counts_as_free_until_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)
