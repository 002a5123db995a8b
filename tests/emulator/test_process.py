"""The program: its start, its end, its memory and its one clear line when it cannot start."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.emulator_process import ROOT, SECONDS, EmulatorCompany, EmulatorProcess, start_emulator


def test_a_port_in_use_gives_one_clear_line(emulator: EmulatorProcess, tmp_path: Path) -> None:
    port = emulator.url.rsplit(":", 1)[1]
    command = [
        sys.executable,
        "-m",
        "emulator",
        "--port",
        port,
        "--seed",
        "empty",
        "--db",
        str(tmp_path / "x.sqlite3"),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"Port {port} on 127.0.0.1 is already in use. Choose another with --port.\n"


def test_a_file_that_cannot_be_used_gives_one_clear_line(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "emulator",
        "--port",
        "0",
        "--db",
        str(tmp_path / "no" / "such" / "folder.sqlite3"),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Cannot use {tmp_path}")
    assert ended.stderr.count("\n") == 1


def test_sigterm_ends_it_cleanly_and_a_restart_remembers(tmp_path: Path) -> None:
    running = start_emulator(file=tmp_path / "memory.sqlite3")
    company = running.company()
    company.create("Customer", {"DisplayName": "Ann"})
    company.fault("500", method="DELETE")
    company.turn_clock(advance=600)
    running.stop()
    assert running.process.returncode == 0
    again = start_emulator(file=running.file)
    try:
        company.emulator = again
        assert company.query("SELECT * FROM Customer")[0]["DisplayName"] == "Ann"
        assert len(again.control("GET", "faults", params={"realmId": company.realm_id})) == 1
        assert company.requests()[0]["method"] == "POST"
    finally:
        again.stop()


def test_a_killed_emulator_keeps_what_it_answered(tmp_path: Path) -> None:
    running = start_emulator(file=tmp_path / "killed.sqlite3")
    company = running.company()
    made = [company.create("Customer", {"DisplayName": f"C{number}"}) for number in range(5)]
    running.kill()
    again = start_emulator(file=running.file)
    try:
        company.emulator = again
        assert company.all("Customer") == made
    finally:
        again.stop()


def test_many_writers_at_once_lose_nothing(company: EmulatorCompany) -> None:
    def create(number: int) -> str:
        response = requests.post(
            f"{company.emulator.url}/v3/company/{company.realm_id}/customer",
            json={"DisplayName": f"C{number}"},
            headers={"Authorization": f"Bearer {company.access_token}"},
            timeout=SECONDS,
        )
        return str(response.json()["Customer"]["Id"])

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(60)))
    assert sorted(map(int, made)) == list(range(1, 61))


def test_a_chunked_request_is_read_whole(company: EmulatorCompany) -> None:
    parts = (part for part in (b'{"Display', b'Name": "Ann"}'))
    assert company.call("POST", "customer", data=parts).status == 200


def test_a_connection_that_the_client_wants_closed_is_said_to_be_closed(emulator: EmulatorProcess) -> None:
    """Otherwise a pool keeps it, and its next request meets a closed door."""
    answered = requests.get(f"{emulator.url}/_control/", headers={"Connection": "close"}, timeout=SECONDS)
    assert answered.headers["Connection"] == "close"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_request_may_be_compressed(
    company: EmulatorCompany, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(b'{"DisplayName": "Ann"}')
    answer = company.call("POST", "customer", data=packed, headers={"Content-Encoding": encoding})
    assert answer.body["Customer"]["DisplayName"] == "Ann"
    broken = company.call("POST", "customer", data=b"?", headers={"Content-Encoding": encoding})
    assert broken.code == "2010"
