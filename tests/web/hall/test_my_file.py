"""我的证照和材料: one's own papers with their trust, offered in the next application, refused once they have run out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.db.engine.city import City, row
from tests.web.hall.conftest import fill, pdf
from tongban.engine import codec
from tongban.engine.models import Attachment, CaseState
from tongban.faces.hall import own, services
from tongban.faces.hall.models import Draft, OwnFile
from tongban.platforms.papers.queries import certificate_of
from tongban.registry.queries import today

SignIn = Callable[[str], Client]


def sent(client: Client) -> str:
    """An application sent; its number."""
    base = fill(client)
    answer = client.post(f"{base}/5/", {"_sure": "1"})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url.split("/")[2]


def keep(client: Client, **more: Any) -> Any:
    return client.post("/me/file/", {"title": "申请书", "file": pdf("mine.pdf", b"mine"), **more})


def materials_of(client: Client, code: str = "M1-scjg") -> str:
    """A second application up to its materials; the address of that screen."""
    base = client.post(f"/apply/{code}/", {"_who": "self"}).url.rsplit("/", 2)[0]
    client.post(f"{base}/2/", {"mobile": "13800138000"})
    client.post(f"{base}/3/", {"area": "12.50", "items": ["热食"], "chef": "李强"})
    return f"{base}/4/"


def test_what_was_handed_in_is_there_and_grows_in_trust(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    number = sent(client)
    (item,) = own.file_of(city.person("applicant"))
    assert (item.level, item.title, item.case_number, item.removable) == ("C", "申请书", number, False)
    from tongban.engine.models import Case

    city.do("clerk", Case.objects.get(number=number).pk, "accept")
    (item,) = own.file_of(city.person("applicant"))
    assert item.level == "B"
    page = client.get("/me/file/").content.decode()
    assert "窗口核过" in page
    assert number in page
    assert not own.file_of(city.person("stranger"))


def test_a_kept_file_is_used_instead_of_an_upload(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    assert keep(client).status_code == 302
    kept = OwnFile.objects.get()
    at = materials_of(client)
    page = client.get(at).content.decode()
    assert f'<option value="o{kept.pk}">' in page
    assert client.post(at, {"_own.form": f"o{kept.pk}", "_later": ["training"]}).status_code == 302
    assert "我的材料 · C" in client.get(at).content.decode()
    base = at.rsplit("/", 2)[0]
    answer = client.post(f"{base}/5/", {"_sure": "1"})
    assert answer.status_code == 302
    handed = Attachment.objects.get()
    assert (handed.file_id, handed.material) == (kept.file_id, "form")


def test_what_was_checked_before_counts_as_shared(city: City, signed_in: SignIn) -> None:
    from tongban.engine.models import Case

    client = signed_in("applicant")
    first = sent(client)
    city.do("clerk", Case.objects.get(number=first).pk, "accept")
    (item,) = own.file_of(city.person("applicant"))
    at = materials_of(client)
    assert client.post(at, {"_own.form": item.ref, "_later": ["training"]}).status_code == 302
    number = client.post(at.replace("/4/", "/5/"), {"_sure": "1"}).url.split("/")[2]
    state = codec.load(CaseState.objects.get(case__number=number).state)
    assert state.materials["form"] == "shared"


def test_an_expired_one_is_refused_in_words(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    keep(client, valid_until=(today() - timedelta(days=1)).isoformat())
    at = materials_of(client)
    answer = client.post(at, {"_own.form": f"o{OwnFile.objects.get().pk}"})
    assert answer.status_code == 200
    assert "已过有效期" in answer.content.decode()
    assert not Draft.objects.get().files.exists()


@pytest.mark.parametrize("ref", ["o00000000-0000-0000-0000-000000000000", "c1", "x", "a" * 300])
def test_what_is_not_ones_own_is_refused(city: City, signed_in: SignIn, ref: str) -> None:
    client = signed_in("applicant")
    at = materials_of(client)
    answer = client.post(at, {"_own.form": ref})
    assert "没有这一份" in answer.content.decode()


def test_nobody_elses_file_is_shown_taken_or_removed(city: City, signed_in: SignIn) -> None:
    keep(signed_in("applicant"))
    kept = OwnFile.objects.get()
    other = signed_in("stranger")
    assert "mine.pdf" not in other.get("/me/file/").content.decode()
    assert other.get(f"/me/file/{kept.pk}/").status_code == 404
    assert other.post(f"/me/file/{kept.pk}/remove/").status_code == 404
    with pytest.raises(services.Refused):
        services.use_own(
            city.person("stranger"),
            services.begin_draft(
                city.person("stranger"), "", version=row(city.apply()).offering_version, who="self"
            ),
            "form",
            f"o{kept.pk}",
        )


def test_own_uploads_can_be_removed_and_cases_keep_theirs(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    keep(client)
    kept = OwnFile.objects.get()
    at = materials_of(client)
    client.post(at, {"_own.form": f"o{kept.pk}", "_later": ["training"]})
    number = client.post(at.replace("/4/", "/5/"), {"_sure": "1"}).url.split("/")[2]
    assert "删除这份材料" in client.get(f"/me/file/{kept.pk}/remove/").content.decode()
    client.post(f"/me/file/{kept.pk}/remove/")
    assert client.get(f"/me/file/{kept.pk}/").status_code == 404
    assert Attachment.objects.get(case__number=number).file_id == kept.file_id
    assert [i.removable for i in own.file_of(city.person("applicant"))] == [False]


def test_what_is_wrong_with_a_file_is_said_beside_it(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    page = client.post("/me/file/", {"title": "", "valid_until": "明天"}).content.decode()
    assert "请写这是什么材料" in page
    assert "请选择文件" in page
    assert "的样子填日期" in page
    assert not OwnFile.objects.exists()


def test_a_licence_is_ones_own_with_its_validity(city: City, signed_in: SignIn, monkeypatch: Any) -> None:
    outcome = city.granted()
    case = row(outcome)
    case.applicant_id = city.person("applicant").pk
    held = certificate_of(case)
    assert held is not None
    (licence,) = [i for i in own.file_of(city.person("applicant")) if i.level == "A"]
    assert (licence.title, licence.name, licence.refusal) == (held.name, held.number, "")
    page = signed_in("applicant").get("/me/file/").content.decode()
    assert "我的证照" in page
    assert held.number in page
    assert "<svg" in page
    assert own.file_of(city.person("applicant"), "不存在的词") == []


def test_a_licence_that_ended_is_refused(city: City, signed_in: SignIn) -> None:
    from tongban.platforms.papers.queries import Validity

    city.granted()
    client = signed_in("applicant")
    at = materials_of(client)
    (licence,) = [i for i in own.file_of(city.person("applicant")) if i.level == "A"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "validity", lambda _held: Validity("expired", "已过有效期", today()))
        answer = client.post(at, {"_own.form": licence.ref})
    assert "已过有效期" in answer.content.decode()
    assert "不能再用来办事" in answer.content.decode()
