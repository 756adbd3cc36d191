import socket

import pytest

from tongban.project.testbed import NetworkRefusedError


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "10.0.0.1"])
def test_a_test_reaches_no_other_machine(address):
    with socket.socket() as outside, pytest.raises(NetworkRefusedError):
        outside.connect((address, 80))


def test_a_test_asks_for_no_other_machines_address():
    with pytest.raises(NetworkRefusedError):
        socket.getaddrinfo("example.com", 443)


def test_a_test_reaches_this_machine():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
