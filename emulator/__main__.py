"""`python -m emulator --port 8100 --seed demo --db emulator.sqlite3`: run the emulator until it is told to stop."""

import argparse
import errno
import signal
import sqlite3
import sys
import threading
from types import FrameType

from emulator import seed, tls
from emulator.app import create_app, running
from emulator.server import Server
from emulator.store import Store


def main() -> int:
    options = _options()
    try:
        store = Store(options.db)
    except sqlite3.Error as problem:
        print(f"Cannot use {options.db}: {problem}.", file=sys.stderr)
        return 1
    if not store.companies():
        with store.database.writing():
            seed.populate(store, options.seed)
    app = create_app(store, enforce_limits=not options.no_limits)
    try:
        secured = tls.context(options.db, options.host) if options.tls else None
        server = Server(options.host, options.port, app, secured)
    except OSError as problem:
        print(_explained(problem, options.host, options.port), file=sys.stderr)
        return 1
    _stop_on_signals(server)
    running(app).courier.start()
    print(f"EMULATOR {server.scheme}://{options.host}:{server.server_address[1]}", flush=True)
    if options.tls:
        print(f"Clients trust it by {tls.certificate_file(options.db)}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="A stand-in for QuickBooks Online."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 for any free port (default: 8100)")
    parser.add_argument(
        "--seed", choices=("demo", "empty"), default="demo", help="what a new file begins with"
    )
    parser.add_argument("--db", default="emulator.sqlite3", help="the SQLite file that holds everything")
    parser.add_argument("--no-limits", action="store_true", help="do not enforce Intuit's throttles")
    parser.add_argument(
        "--tls", action="store_true", help="https, by a certificate authority of its own beside the file"
    )
    return parser.parse_args()


def _explained(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use. Choose another with --port."
    return f"Cannot listen on {host}:{port}: {problem.strerror}."


def _stop_on_signals(server: Server) -> None:
    """SIGTERM and Ctrl-C end the emulator after the requests at hand; `shutdown` must not run in this thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
