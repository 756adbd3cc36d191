"""How a message leaves the house: e-mail over SMTP, SMS through the gateway the installation names."""

import json
import os
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from tongban.base.calendar import CHINA
from tongban.base.console import Console

PERMANENT = 500  # SMTP answers from here on do not change by trying again


class Undeliverable(Exception):
    """The other side will never take it; trying again is of no use."""


class Gateway(Protocol):
    """What `TONGBAN_SMS_GATEWAY` names: a class without arguments.

    `send` hands one text over and answers with the gateway's own number for it. `key` is the same each time the same
    message is tried, so that a gateway can drop the second one. Raises Undeliverable for a number that will never take
    it, anything else to be asked again later.
    """

    def send(self, to: str, text: str, *, key: str) -> str: ...


class FileGateway:
    """Writes each SMS as a line of JSON to `TONGBAN_SMS_FILE`, readable by its owner only: for trials and tests."""

    def send(self, to: str, text: str, *, key: str) -> str:
        """Append the message; the answer is the number of the line's first bytes."""
        place = Path(settings.TONGBAN_SMS_FILE)
        place.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(
            {"at": datetime.now(CHINA).isoformat(), "to": to, "text": text, "key": key}, ensure_ascii=False
        )
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as out:
            out.write(f"{line}\n")
        return sha256(key.encode()).hexdigest()[:16]


class ConsoleGateway:
    """Shows each SMS on the worker's terminal: for developers only, the whole number and text are on it."""

    def send(self, to: str, text: str, *, key: str) -> str:
        """Show the message."""
        Console().say(f"SMS {to}: {text}")
        return sha256(key.encode()).hexdigest()[:16]


def available() -> frozenset[str]:
    """The channels this installation can send by."""
    on = {"email"} if settings.TONGBAN_EMAIL_HOST else set()
    return frozenset(on | ({"sms"} if settings.TONGBAN_SMS_GATEWAY else set()))


def gateway() -> Gateway | None:
    """The SMS gateway of this installation, if there is one."""
    return _made(settings.TONGBAN_SMS_GATEWAY) if settings.TONGBAN_SMS_GATEWAY else None


def send(channel: str, to: str, subject: str, body: str, *, key: str) -> str:
    """Hand one message over; the answer is the other side's receipt, if it gives one.

    Raises Undeliverable, or whatever the network says.
    """
    if channel == "sms":
        return _made(settings.TONGBAN_SMS_GATEWAY).send(to, body, key=key)[:100]
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    name = f"<{sha256(key.encode()).hexdigest()[:32]}@{host}>"  # the same at each try: a second copy is known as one
    message = EmailMessage(
        subject, body, to=[to], headers={"Message-ID": name, "Auto-Submitted": "auto-generated"}
    )
    try:
        message.send()
    except SMTPRecipientsRefused as refused:
        codes = [code for code, _words in refused.recipients.values()]
        if codes and min(codes) >= PERMANENT:
            raise Undeliverable(str(codes[0])) from None
        raise
    except SMTPDataError as refused:
        if refused.smtp_code >= PERMANENT:
            raise Undeliverable(str(refused.smtp_code)) from None
        raise
    return name


@lru_cache(maxsize=4)
def _made(path: str) -> Gateway:
    made: Gateway = import_string(path)()
    return made
