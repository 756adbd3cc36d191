"""Nothing becomes public that nobody reviewed: files, annexes, words; and who wrote does not review."""

import io
from copy import deepcopy
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.disclosure.unit import ALL, Unit, build
from tests.standing import standing
from tests.unit.disclosure import made
from tongban.engine.errors import Refused
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.aids import aids_for
from tongban.platforms.disclosure.beside import document
from tongban.platforms.disclosure.metadata import CLASSES, ELEMENTS
from tongban.platforms.disclosure.models import Batch, Record
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.services.annexes import add_annex, remove_annex
from tongban.registry.models import Organisation, Post

pytestmark = pytest.mark.django_db
built = standing(build)

PHONE = "13800138000"
TEXT = f"安澜市市场监督管理局关于食品检查的通知\n安市监〔2026〕3号\n各科室：\n请做好检查准备，联系{PHONE}。"
CLEAN = TEXT.replace(f"，联系{PHONE}", "")


@pytest.fixture
def unit(built, db):
    return Unit(deepcopy(built))


@pytest.fixture
def clerk(unit):
    return unit.town.people["clerk"]


def got(address, account=None):
    """What a download gives: its status, and what is in it."""
    client = Client()
    if account:
        client.force_login(account)
    answer = client.get(address)
    content = b"".join(answer.streaming_content) if answer.streaming else b""
    return answer.status_code, content.decode()


def public(record):
    """The status of what anybody gets who asks for the file of a record."""
    return got(reverse("disclosure:file", args=[record.index_number]))[0]


def imported(unit, data=None, name="通知.txt", *, historic=False, **fields):
    who = unit.town.people["chief" if historic else "clerk"]
    batch = services.begin_batch(
        who, unit.org, [BatchFile(name, data or TEXT.encode())], name="一批", historic=historic
    )
    row = services.read_batch(batch.pk).rows.get()
    assert row.verdict != "refused", row.message
    return services.confirm_row(who, row, fields)


def carried(unit, record):
    return unit.do("chief", unit.passed(unit.submitted(record)), "proactive")


def test_a_file_that_says_what_was_reviewed_goes_out_with_the_text(unit):
    record = carried(unit, imported(unit))
    assert (record.offers_file, public(record)) == (True, 200)


def test_a_file_that_says_more_than_the_reviewed_text_stays_in_the_house(unit, clerk):
    record = services.mend_record(clerk, imported(unit), {"body": CLEAN})
    record = carried(unit, record)
    assert (record.offers_file, public(record)) == (False, 404)
    assert "下载原文件" not in Client().get(f"/open/info/{record.index_number}/").content.decode()


def test_somebody_may_clear_it_until_the_text_is_another(unit, clerk):
    record = services.mend_record(clerk, imported(unit), {"body": CLEAN})
    services.clear_file(clerk, record)
    services.mend_record(clerk, record, {"body": CLEAN + "特此通知。"})
    assert not Record.objects.get(pk=record.pk).file_cleared
    services.clear_file(clerk, record)
    assert public(carried(unit, Record.objects.get(pk=record.pk))) == 200


def test_a_redacted_file_takes_the_place_of_the_original(unit, clerk):
    record = services.mend_record(clerk, imported(unit), {"body": CLEAN})
    record = services.replace_file(clerk, record, io.BytesIO(CLEAN.encode()), "去掉电话.txt")
    address = reverse("disclosure:file", args=[carried(unit, record).index_number])
    assert got(address) == (200, CLEAN)
    other = services.remove_file(clerk, imported(unit, f"{TEXT}二".encode()))
    assert (other.file, other.filename) == (None, "")
    with pytest.raises(Refused, match="stale"):
        services.clear_file(clerk, other)
    with pytest.raises(Refused, match="not_permitted"):
        services.remove_file(unit.town.people["neighbour"], imported(unit, f"{TEXT}三".encode()))


def test_a_file_with_deletions_in_it_is_not_sent_out_unseen(unit):
    deleted = f"</w:t></w:r><w:del><w:r><w:delText>{PHONE}</w:delText></w:r></w:del><w:r><w:t>"
    record = imported(unit, made.docx([*CLEAN.split("\n"), f"请准备。{deleted}"]), "通知.docx")
    assert "修订" in record.file_notes
    assert PHONE not in record.body
    assert public(carried(unit, record)) == 404


def test_what_was_public_before_keeps_its_file_unless_its_text_is_another(unit):
    day = {"published_on": date(2026, 3, 2)}
    assert public(imported(unit, historic=True, **day)) == 200
    assert public(imported(unit, f"{TEXT}二".encode(), historic=True, body=CLEAN, **day)) == 404


def test_the_reviewer_reads_all_of_it_and_opens_every_file(unit):
    """From the unit above: seen by the task alone."""
    above, below = (Organisation.objects.get(key=key) for key in ("szf", "cg"))
    Post.objects.filter(role__in=("legal", "leader")).update(organisation=above)
    clerk, legal, stranger = (unit.town.people[name] for name in ("other_clerk", "legal", "clerk"))
    said = {"title": "关于执法的通知", "body": f"{'很长的一段。' * 2000}\n最后一句。"}
    draft = services.create_record(clerk, below, said)
    services.replace_file(clerk, draft, io.BytesIO(TEXT.encode()), "通知.txt")
    add_annex(clerk, draft, io.BytesIO(f"名单\n{PHONE}".encode()), "名单.txt")
    record = services.submit(clerk, draft, source="与原件一致")
    assert not Record.objects.visible_to(legal).filter(pk=record.pk).exists()
    told = document(legal, record.case)
    assert (told.href, (*told.paragraphs, *told.rest)[-1]) == ("", "最后一句。")
    assert [PHONE in got(file.href, legal)[1] for file in told.files] == [True, True]
    assert [got(file.href, stranger)[0] for file in told.files] == [404, 404]


def test_annexes_description_and_keywords_are_scanned_too(unit, clerk):
    record = unit.draft(body="没有。", description="写明“绝密★”", keywords=[PHONE])
    add_annex(clerk, record, io.BytesIO("身份证 110101199003070775".encode()), "名单.txt")
    told = dict(aids_for(record))
    assert any("绝密" in place for place in told["密级标志"])
    assert any(PHONE in place for place in told["个人信息"])
    assert any(place.startswith("附件 1：") for place in told["个人信息"])


def test_words_the_public_reads_are_changed_in_a_draft_only(unit, clerk):
    record = unit.submitted(unit.draft(theme="02", theme_second="一类"))
    for fields in ({"description": "甲"}, {"theme": "06"}):
        with pytest.raises(Refused, match="frozen"):
            services.mend_record(clerk, record, fields)
    with pytest.raises(Refused, match="frozen"):
        services.put_into(clerk, record, ["food-check"])
    record = unit.do("chief", unit.passed(record), "proactive")
    for name in sorted(ELEMENTS.keys() - CLASSES):
        with pytest.raises(Refused, match="frozen"):
            services.mend_record(clerk, record, {name: "甲"})
    mended = services.mend_record(clerk, record, {"theme": "06"})
    assert (mended.theme, mended.theme_second) == ("06", "")
    assert services.put_into(clerk, record, ["food-check"]).columns == ["food-check"]


@pytest.mark.parametrize("deed", ["mended", "annexed", "annex removed", "file replaced"])
def test_nobody_reviews_what_they_had_a_hand_in(unit, clerk, deed):
    head = unit.town.people["section_head"]
    draft = imported(unit)
    annex = add_annex(clerk, draft, io.BytesIO(b"a"), "a.txt")
    if deed == "mended":
        services.mend_record(head, draft, {"body": "别的。"})
    elif deed == "annexed":
        add_annex(head, draft, io.BytesIO(b"b"), "b.txt")
    elif deed == "annex removed":
        remove_annex(head, annex)
    else:
        services.replace_file(head, draft, io.BytesIO(CLEAN.encode()), "b.txt")
    record = unit.submitted(Record.objects.get(pk=draft.pk))
    with pytest.raises(Refused, match="same_person"):
        unit.do("section_head", record, "passed", opinion="可以", checklist=ALL)


def test_a_withdrawn_page_says_when_and_why_and_nothing_of_what_it_said(unit, clerk):
    record = carried(unit, unit.draft(title="关于张三违法行为的通报"))
    chief = Client()
    chief.force_login(unit.town.people["chief"])
    said = {"do": "withdraw", "why": "含有个人信息", "notice": "更正后另行公开"}
    assert chief.post(f"/desk/disclosure/{record.uid}/", said).status_code == 302
    page = Client().get(f"/open/info/{record.index_number}/")
    assert page.status_code == 410
    assert "张三" not in page.content.decode()
    assert "更正后另行公开" in page.content.decode()


def test_clear_rows_are_taken_in_by_the_worker_with_the_archive_opened_once(unit, clerk, monkeypatch):
    from tongban.platforms.disclosure import tasks
    from tongban.platforms.disclosure.services import batches

    files = [BatchFile(f"{n}.txt", TEXT.replace("3号", f"{n}号").encode()) for n in range(1, 6)]
    batch = services.read_batch(services.begin_batch(clerk, unit.org, files, name="一批").pk)
    batch.rows.update(verdict="clear")
    opened = []
    monkeypatch.setattr(
        batches, "open_file", lambda file, real=batches.open_file: opened.append(1) or real(file)
    )
    desk = Client()
    desk.force_login(clerk)
    page = f"/desk/disclosure/import/{batch.pk}/"
    assert desk.post(page).status_code == 302
    assert (Record.objects.count(), Batch.objects.get().state) == (0, "taking")
    assert "正在收入" in desk.get(page).content.decode()
    with pytest.raises(Refused, match="stale"):
        services.begin_taking(clerk, batch)
    tasks.take_clear(str(batch.pk), clerk.pk)
    assert (Record.objects.count(), Batch.objects.get().state, len(opened)) == (5, "read", 1)
    assert all(record.file is not None for record in Record.objects.all())
