"""Annexes of records: read when they come, found by their words with their name, frozen when the record is published."""

import io

import pytest
from django.db import IntegrityError, transaction

from tests.unit.disclosure import made
from tongban.base.files import FileRefused
from tongban.engine.errors import Refused
from tongban.platforms.disclosure import search, services
from tongban.platforms.disclosure.models import Annex, Record
from tongban.platforms.disclosure.search import Chosen
from tongban.platforms.disclosure.services.annexes import add_annex, remove_annex
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(clerk):
    unit = Organisation.objects.get(key="scjg")
    return services.create_record(clerk, unit, {"title": "关于防汛工作的通知", "body": "请见附件。"})


def file(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_words_of_an_annex_find_the_record_and_the_hit_names_the_annex(town, clerk, draft):
    add_annex(clerk, draft, file("水库巡查责任人名单\n青龙水库由乡长负责。"), "名单.txt")
    add_annex(clerk, draft, file("物资储备清单\n编织袋一万条。"), "清单.txt")
    services.release(town.people["chief"], draft)
    hit = search.find("编织袋", Chosen()).hits[0]
    assert hit.annex == "清单.txt"
    assert ("编织袋", True) in hit.text
    assert search.find("防汛 青龙水库", Chosen()).hits[0].annex == "名单.txt"
    assert search.find("防汛", Chosen()).hits[0].annex == ""


def test_a_word_file_is_read_and_a_picture_is_kept_unread(clerk, draft):
    read = add_annex(clerk, draft, io.BytesIO(made.docx(["检查细则", "逐户检查。"])), "细则.docx")
    assert "逐户检查" in read.text
    picture = add_annex(clerk, draft, io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(64)), "图.png")
    assert (picture.no, picture.text) == (2, "")
    assert picture.unread
    with pytest.raises(FileRefused):
        add_annex(clerk, draft, io.BytesIO(b"MZ" + bytes(64)), "程序.exe")


def test_what_is_published_keeps_its_annexes(town, clerk, draft):
    kept = add_annex(clerk, draft, file("一"), "一.txt")
    gone = add_annex(clerk, draft, file("二"), "二.txt")
    remove_annex(clerk, gone)
    services.release(town.people["chief"], draft)
    with pytest.raises(Refused, match="frozen"):
        add_annex(clerk, draft, file("三"), "三.txt")
    with pytest.raises(Refused, match="frozen"):
        remove_annex(clerk, kept)
    with pytest.raises(IntegrityError, match="stay as they were"), transaction.atomic():
        Annex.objects.filter(pk=kept.pk).update(name="别的.txt")


def test_only_the_unit_puts_them_in(town, draft):
    with pytest.raises(Refused, match="not_permitted"):
        add_annex(town.people["neighbour"], draft, file("一"), "一.txt")


@pytest.mark.parametrize(
    ("reader", "add"),
    [
        ("annexes._read", lambda clerk, draft: add_annex(clerk, draft, file("一"), "一.txt")),
        ("originals.read_of", lambda clerk, draft: services.replace_file(clerk, draft, file("一"), "一.txt")),
    ],
)
def test_a_draft_handed_on_while_a_file_is_read_takes_the_file_no_more(
    clerk, draft, monkeypatch, reader, add
):
    def reading(*_args):
        Record.objects.filter(pk=draft.pk).update(state=Record.State.REVIEW)
        return "一", ""

    monkeypatch.setattr(f"tongban.platforms.disclosure.services.{reader}", reading)
    with pytest.raises(Refused, match="frozen"):
        add(clerk, draft)
    draft.refresh_from_db()
    assert draft.file is None
    assert not draft.files.exists()
