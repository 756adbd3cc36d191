"""A mail server of one connection at a time, on a real socket: takes what it is given, or refuses as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


class PostOffice(socketserver.ThreadingTCPServer):
    """SMTP as far as RFC 5321 asks of a receiver; `refuse` is the answer to RCPT."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[tuple[str, EmailMessage]] = []
        self.refuse = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        office, to = cast("PostOffice", self.server), ""
        self._say("220 office")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in {b"EHLO", b"HELO"}:
                self._say("250 office")
            elif word == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
                self._say(office.refuse or "250 ok")
            elif word == b"DATA":
                self._say("354 go on")
                office.letters.append((to, self._letter()))
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        return cast("EmailMessage", message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """An open office; closed at the end."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield office
        finally:
            office.shutdown()
            thread.join()
