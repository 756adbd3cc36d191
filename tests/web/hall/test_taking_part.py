"""Asking somebody to take part in one's case, answering, and what a third party reads: the pages."""

from uuid import uuid4

import pytest

from tests.db.engine.city import City
from tests.web.hall.test_tracking import DATA, SignIn
from tongban.engine import outbox
from tongban.engine.models import CaseParty, PartyInvitation
from tongban.faces.hall.models import Notice
from tongban.registry.identity import set_identity

THEIRS = "110101199003070935"
ASKED = {"role": "agent", "name": "赵小梅", "id_number": THEIRS, "basis": "授权委托书"}


@pytest.fixture
def friend(city: City) -> None:
    account = city.person("stranger")
    account.display_name, account.real_name_level = "赵小梅", 2
    set_identity(account, "111", THEIRS)
    account.save()


def deliver() -> None:
    while outbox.deliver():
        pass


def asked(signed_in: SignIn, number: str, **more: str) -> str:
    answer = signed_in("applicant").post(
        f"/track/{number}/parties/", {**ASKED, **more, "command_id": str(uuid4())}, follow=True
    )
    return str(answer.content.decode())


def test_somebody_is_asked_agrees_and_is_dismissed(city: City, signed_in: SignIn, friend: None) -> None:
    case = city.apply(data=DATA)
    assert (
        f"/track/{case.number}/parties/"
        in signed_in("applicant").get(f"/track/{case.number}/").content.decode()
    )
    page = asked(signed_in, case.number)
    assert "等本人答复" in page
    assert THEIRS not in page
    deliver()
    assert Notice.objects.get(account=city.person("stranger")).title == "有人邀请您参与办件"

    them = signed_in("stranger")
    assert them.get(f"/track/{case.number}/").status_code == 404
    page = them.get("/me/parties/").content.decode()
    assert "王伟请您做代理人" in page
    notice = Notice.objects.get(account=city.person("stranger"))
    assert them.post("/me/messages/read/", {"notice": notice.pk}).headers["Location"] == "/me/parties/"
    door = f"/me/parties/{PartyInvitation.objects.get().pk}/"
    assert (
        signed_in("applicant").post(door, {"answer": "accept", "command_id": str(uuid4())}).status_code == 404
    )
    done = them.post(door, {"answer": "accept", "command_id": str(uuid4())})
    assert done.headers["Location"] == f"/track/{case.number}/"
    assert them.get(f"/track/{case.number}/").status_code == 200
    assert "代理人不能再指定" in them.get(f"/track/{case.number}/parties/").content.decode()

    end = f"/track/{case.number}/parties/party/{CaseParty.objects.get().pk}/end/"
    assert them.post(end, {"reason": "不干了", "command_id": str(uuid4())}).status_code == 404
    own = signed_in("applicant")
    assert "解除参与" in own.get(end).content.decode()
    assert own.post(end, {"reason": "", "command_id": str(uuid4())}).status_code == 422
    assert own.post(end, {"reason": "撤销委托", "command_id": str(uuid4())}).status_code == 302
    assert them.get(f"/track/{case.number}/").status_code == 404


def test_the_page_says_the_same_of_who_has_no_account(city: City, signed_in: SignIn, friend: None) -> None:
    first, second = city.apply(data=DATA), city.apply(data=DATA)
    known = asked(signed_in, first.number)
    unknown = asked(signed_in, second.number, name="孙一", id_number="110101199003071006")
    for page in (known, unknown):
        assert "等本人答复" in page
        assert "没有这个人" not in page


def test_what_was_typed_stays_when_it_is_refused(city: City, signed_in: SignIn) -> None:
    case = city.apply(data=DATA)
    page = asked(signed_in, case.number, id_number="110101199003070936")
    assert "赵小梅" in page
    assert "校验码不对" in page
    assert signed_in("stranger").get(f"/track/{case.number}/parties/").status_code == 404


def test_a_third_party_reads_how_far_it_is_and_nothing_of_the_applicant(
    city: City, signed_in: SignIn, friend: None
) -> None:
    case = city.apply(data=DATA)
    asked(signed_in, case.number, role="third")
    them = signed_in("stranger")
    door = f"/me/parties/{PartyInvitation.objects.get().pk}/"
    assert (
        them.post(door, {"answer": "accept", "command_id": str(uuid4())}).headers["Location"]
        == "/me/parties/"
    )
    city.do("clerk", case, "accept")
    deliver()
    page = them.get("/me/parties/").content.decode()
    assert case.number in page
    assert "办理中" in page
    assert "已受理：食品经营许可" in page
    assert "王伟" not in page
    for path in ("", "receipt/", "result/", "parties/"):
        assert them.get(f"/track/{case.number}/{path}").status_code == 404
    assert case.number not in them.get("/me/").content.decode()
    assert them.get(f"/api/v1/cases/{case.number}").status_code == 404


def test_who_declines_is_asked_no_more(city: City, signed_in: SignIn, friend: None) -> None:
    case = city.apply(data=DATA)
    asked(signed_in, case.number)
    them = signed_in("stranger")
    door = f"/me/parties/{PartyInvitation.objects.get().pk}/"
    assert them.post(door, {"answer": "decline", "command_id": str(uuid4())}).status_code == 302
    assert "没有等您答复的邀请" in them.get("/me/parties/").content.decode()
    assert "已谢绝" in signed_in("applicant").get(f"/track/{case.number}/parties/").content.decode()
    assert them.post(door, {"answer": "accept", "command_id": str(uuid4())}).status_code == 404
