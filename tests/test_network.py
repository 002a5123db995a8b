import socket

import pytest

from tests.conftest import NetworkBlocked


def test_tests_cannot_leave_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(NetworkBlocked):
        outside.connect(("192.0.2.1", 80))
