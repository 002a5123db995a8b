"""HTTP/1.1 with connections that stay open, and with the accidents on the wire that a fault may ask for.

Werkzeug's own development server closes every connection, which no client would meet at Intuit.
"""

import gzip
import io
import socket
import ssl
import struct
import sys
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from emulator.traffic import FATE

READ_ALREADY = {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"}
UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: Flask, tls: ssl.SSLContext | None = None) -> None:
        self.app = app
        self.scheme = "https" if tls else "http"
        super().__init__((host, port), Handler)
        if tls:
            # Shaking hands is left to each connection's own thread, so that nobody holds up the others.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are nothing to report."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "emulator", ""
    disable_nagle_algorithm = True
    timeout = 120  # facts 2, Limits; also how long an idle connection is kept

    def handle_any(self) -> None:
        environ = self._environ(self._body())
        status, headers, body = _run(self.server.app, environ)
        fate = environ.get(FATE)
        if fate in {"lost", "reset"}:
            self._hang_up(abruptly=fate == "reset")
            return
        self.send_response(int(status.split(" ", 1)[0]), status.split(" ", 1)[1])
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:  # the client asked for it, and must not be left to find out by itself
            self.send_header("Connection", "close")
        if fate == "truncated":
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self._hang_up()
            return
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is at /_control/requests."""

    def _hang_up(self, *, abruptly: bool = False) -> None:
        if abruptly:  # an immediate close without lingering makes the kernel send RST
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _body(self) -> bytes:
        """Unpacked: some of Intuit's SDKs compress what they send."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = self._chunks()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        unpack = UNPACK.get(self.headers.get("Content-Encoding", "").lower())
        try:
            return unpack(body) if unpack else body
        except (OSError, EOFError, zlib.error):
            return body  # the application will say that it cannot be read

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.server.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in READ_ALREADY:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ


def _run(app: Flask, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Call the application; the whole body is gathered, so that its length can be told."""
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        told[:] = [status, headers]

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    status, headers = told
    if not any(name.lower() == "content-length" for name, _ in headers):
        headers = [*headers, ("Content-Length", str(len(body)))]
    return status, headers, body
