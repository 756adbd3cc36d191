"""Notices leave by the channels a person chose, once, with patience, and tell nothing personal on the way."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.db.notices.post_office import PostOffice, post_office
from tests.town import Town
from tongban.base.calendar import CHINA
from tongban.engine import outbox
from tongban.engine.errors import Refused
from tongban.faces.hall.models import Notice
from tongban.platforms.notices import services
from tongban.platforms.notices.book import book, shipped, unknown_places
from tongban.platforms.notices.channels import Undeliverable
from tongban.platforms.notices.models import Address, Message, TemplateVersion
from tongban.platforms.notices.queries import code_of, deliveries, outlook, wanted, words_of

TO = "wang@example.org"
ALL = {"legal": ["site", "email", "sms"], "progress": ["email"], "fee": []}
NOW = datetime.now(CHINA)


class Broken:
    """A gateway that is down."""

    def send(self, to: str, text: str, *, key: str) -> str:
        raise ConnectionError(f"no way to {to}")


class Final:
    """A gateway that will never take it."""

    def send(self, to: str, text: str, *, key: str) -> str:
        raise Undeliverable("空号")


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = settings.TONGBAN_EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = opened.port
        settings.DEFAULT_FROM_EMAIL = "通办 <hall@example.org>"
        yield opened


@pytest.fixture
def sms(settings: Any, tmp_path: Path) -> Path:
    settings.TONGBAN_SMS_GATEWAY = "tongban.platforms.notices.channels.FileGateway"
    settings.TONGBAN_SMS_FILE = tmp_path / "sms.jsonl"
    return tmp_path / "sms.jsonl"


def reach(town: Town, channel: str = "email", value: str = TO) -> None:
    Address.objects.create(
        account=town.people["owner"], channel=channel, value=value, nonce="n", asked_at=NOW, confirmed_at=NOW
    )
    services.choose(town.people["owner"], ALL)


def told(town: Town) -> Any:
    made = town.apply()
    town.do("clerk", made, "accept")
    while outbox.deliver():
        pass
    return made


def refusal(code: str, call: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        call(*args, **more)
    assert raised.value.code == code
    return raised.value


def test_nothing_leaves_for_who_chose_nothing(town: Town, office: PostOffice) -> None:
    told(town)
    assert not Message.objects.exists()
    assert Notice.objects.filter(account=town.people["owner"]).count() == 2


def test_a_letter_arrives_over_smtp_with_the_case_and_no_name(town: Town, office: PostOffice) -> None:
    reach(town)
    made = told(town)
    assert services.send_waiting() == 2
    (to, letter), (_to, accepted) = office.letters
    assert to == TO
    assert letter["Message-ID"] != accepted["Message-ID"]
    body = accepted.get_content()
    assert "已受理：食品经营许可" in str(accepted["Subject"])
    assert made.number in body
    assert "王小芳" not in str(accepted["Subject"]) + body
    assert f"/track/{made.number}/" in body


def test_an_sms_goes_through_the_gateway_that_is_named(town: Town, sms: Path) -> None:
    reach(town, "sms", "+8613900001111")
    made = told(town)
    assert services.send_waiting() == 1  # progress was chosen by e-mail only
    line = json.loads(sms.read_text(encoding="utf-8"))
    assert line["to"] == "+8613900001111"
    assert made.number in line["text"]
    assert sms.stat().st_mode & 0o077 == 0
    assert Message.objects.get().receipt


def test_sending_again_and_telling_again_leave_no_second_letter(town: Town, office: PostOffice) -> None:
    reach(town)
    told(town)
    services.send_waiting()
    assert services.send_waiting() == 0
    row = Message.objects.last()
    assert row is not None
    services.notify(row.account_id, row.event, key=row.key, number=row.number, values={})
    assert services.send_waiting() == 0
    assert len(office.letters) == 2


def test_legal_notices_stay_on_the_site_and_others_may_be_switched_off(town: Town) -> None:
    owner = town.people["owner"]
    services.choose(owner, {"legal": [], "progress": [], "fee": []})
    assert wanted(owner.pk, "legal") == {"site"}
    assert wanted(owner.pk, "progress") == frozenset()
    told(town)
    assert [n.type for n in Notice.objects.filter(account=owner)] == ["case.accepted"]


def test_a_failing_gateway_is_asked_again_later_and_given_up_in_the_end(
    town: Town, settings: Any, caplog: Any
) -> None:
    settings.TONGBAN_SMS_GATEWAY = f"{__name__}.Broken"
    reach(town, "sms", "+8613900001111")
    told(town)
    now = datetime.now(CHINA)
    assert services.send_waiting(now=now) == 0
    assert services.send_waiting(now=now + timedelta(seconds=1)) == 0
    row = Message.objects.get()
    assert (row.status, row.attempts, row.error) == ("waiting", 1, "ConnectionError")
    services.send_waiting(now=now + timedelta(seconds=6))
    row.refresh_from_db()
    assert row.attempts == 2
    assert outlook(now + timedelta(hours=1))["late"] == 1
    services.send_waiting(now=now + timedelta(days=3))
    row.refresh_from_db()
    assert row.status == "failed"
    assert "13900001111" not in caplog.text
    services.retry(town.people["system_admin"], row.pk)
    refusal("not_permitted", services.retry, town.people["monitor"], row.pk)
    row.refresh_from_db()
    assert row.status == "waiting"


def test_what_will_never_be_taken_is_not_tried_again(town: Town, settings: Any, office: PostOffice) -> None:
    settings.TONGBAN_SMS_GATEWAY = f"{__name__}.Final"
    office.refuse = "550 no such user"
    reach(town)
    reach(town, "sms", "+8613900001111")
    told(town)
    services.send_waiting()
    assert set(Message.objects.values_list("status", flat=True)) == {"failed"}
    assert not office.letters


def test_an_office_that_is_busy_is_asked_again(town: Town, office: PostOffice) -> None:
    reach(town)
    told(town)
    office.refuse = "451 later"
    services.send_waiting()
    assert set(Message.objects.values_list("status", flat=True)) == {"waiting"}
    office.refuse = ""
    assert services.send_waiting(now=datetime.now(CHINA) + timedelta(minutes=1)) == 2


def test_an_address_counts_when_its_code_came_back(town: Town, office: PostOffice) -> None:
    owner = town.people["owner"]
    row = services.state_address(owner, "email", f" {TO} ")
    assert services.send_waiting() == 1
    code = code_of(row)
    assert code in office.letters[0][1].get_content()
    assert code not in json.dumps(list(Message.objects.values_list("values", "key")))
    refusal("code_wrong", services.confirm, owner, "email", "000000" if code != "000000" else "1")
    services.confirm(owner, "email", code)
    row.refresh_from_db()
    assert row.confirmed_at
    refusal("code_wrong", services.confirm, owner, "email", code)


def test_codes_age_are_tried_five_times_and_not_asked_for_at_once(town: Town, office: PostOffice) -> None:
    owner = town.people["owner"]
    row = services.state_address(owner, "email", TO)
    refusal("asked_too_soon", services.state_address, owner, "email", "other@example.org")
    refusal(
        "code_wrong", services.confirm, owner, "email", code_of(row), now=row.asked_at + timedelta(hours=1)
    )
    for _ in range(5):
        refusal("code_wrong", services.confirm, owner, "email", "no")
    refusal("code_wrong", services.confirm, owner, "email", code_of(row))


@pytest.mark.parametrize(("channel", "text"), [("email", "wang"), ("sms", "0519-82881234"), ("sms", "12")])
def test_what_is_no_address_is_refused(
    town: Town, office: PostOffice, sms: Path, channel: str, text: str
) -> None:
    refusal("address_invalid", services.state_address, town.people["owner"], channel, text)


def test_a_channel_that_is_not_there_is_not_offered(town: Town) -> None:
    refusal("channel_unavailable", services.state_address, town.people["owner"], "sms", "13900001111")


def test_nothing_is_sent_to_an_address_that_was_taken_away(town: Town, office: PostOffice) -> None:
    reach(town)
    told(town)
    services.forget_address(town.people["owner"], "email")
    assert services.send_waiting() == 0
    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}


def edit(town: Town, who: str = "system_admin", **more: Any) -> TemplateVersion:
    said = {
        "subject": "新：{title}",
        "body": "编号 {number}",
        "valid_from": datetime.now(CHINA).date(),
        "note": "改短",
    }
    return services.edit_template(town.people[who], "case.accepted", "email", **(said | more))


def test_new_words_hold_from_their_day_on_and_old_ones_stay(town: Town) -> None:
    today = datetime.now(CHINA).date()
    assert words_of("case.accepted", "email").no == 0
    edit(town)
    edit(town, valid_from=today + timedelta(days=9), body="以后 {number}")
    assert words_of("case.accepted", "email").body == "编号 {number}"
    assert words_of("case.accepted", "email", today + timedelta(days=9)).no == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.update(body="另一个")


def test_words_that_cannot_be_sent_are_refused(town: Town) -> None:
    assert refusal("place_unknown", edit, town, body="{name} 您好").detail["field"] == "body"
    refusal("in_the_past", edit, town, valid_from=datetime.now(CHINA).date() - timedelta(days=1))
    refusal("missing_field", edit, town, note=" ")
    refusal("not_permitted", edit, town, who="monitor")
    refusal(
        "too_long", services.edit_template, town.people["system_admin"], "case.accepted", "sms", subject="",
        body="长" * 201, valid_from=datetime.now(CHINA).date(), note="试",
    )  # fmt: skip


def test_deliveries_are_seen_by_who_administers_and_found_by_number(town: Town, office: PostOffice) -> None:
    reach(town)
    made = told(town)
    assert deliveries(town.people["system_admin"], q=made.number.lower()).count() == 2
    assert not deliveries(town.people["system_admin"], q="0").exists()
    assert not deliveries(town.people["chief"]).exists()


def test_every_notice_has_words_for_each_channel_with_places_that_exist() -> None:
    for event in (*book()["events"], "address.code"):
        for channel in ("email", "sms"):
            subject, body = shipped(event, channel)
            assert not unknown_places(subject + body, event), event
            assert event in book()["names"]
