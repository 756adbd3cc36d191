"""随机抽查 and 回避 as forms: what is asked for is done; refused, what was typed stays; who may not is turned away."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn, text_of
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.models import TaskRow
from tongban.engine.services import Outcome
from tongban.platforms.supervision import draws, recusal
from tongban.platforms.supervision.models import Check, Draw, Relation
from tongban.registry.models import Account, Grant, Holding, Post
from tongban.registry.queries import today


@pytest.fixture
def lawyer(city: City) -> Client:
    """Somebody of the bureau's legal office, signed in; there are three decided files to look into."""
    post = Post.objects.create(code="FZ", name="法制审核岗", role="legal", organisation=city.bureau)
    account = Account.objects.create_user("lawyer", kind="staff", display_name="法制员")
    Holding.objects.create(post=post, account=account, valid=ALWAYS)
    Grant.objects.create(role="legal", verb="view", reach=Grant.Reach.OWN, valid=ALWAYS)
    for _case in range(3):
        city.granted()
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def drawn(lawyer: Client) -> Draw:
    """Two of the three, drawn."""
    made = _announced(lawyer)
    seal_and_checkpoint(timedelta(0))
    assert draws.carry_out_waiting() == 1
    return Draw.objects.get(pk=made.pk)


# draws


def test_a_draw_is_announced_and_stands_with_its_proof(lawyer: Client) -> None:
    made = _announced(lawyer, title="第二季度案卷评查")
    page = text_of(lawyer, reverse("supervision:draw", args=[made.pk]))
    assert "第二季度案卷评查" in page
    assert "等存证" in page
    assert made.commitment in page
    assert lawyer.get(reverse("supervision:draw_proof", args=[made.pk])).json()["wanted"] == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"wanted": "9"}, "抽取件数应在 1 到 3 之间"),
        ({"first": "去年"}, "请填日期"),
        ({"matter": "M9"}, "没有这个编码的事项"),
    ],
)
def test_a_draw_that_cannot_be_is_refused_and_what_was_typed_stays(
    lawyer: Client, wrong: dict[str, str], said: str
) -> None:
    answer = lawyer.post(reverse("supervision:draw_new"), _asked(title="我起的名字", **wrong))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert said in page
    for typed in ("我起的名字", *wrong.values()):
        assert f'value="{typed}"' in page
    assert not Draw.objects.exists()


def test_who_is_no_lawyer_and_supervises_nothing_organises_no_draw(lawyer: Client, as_: SignIn) -> None:
    made = _announced(lawyer)
    clerk = as_("clerk")
    for address in (reverse("supervision:draws"), f"{reverse('supervision:draw_new')}?purpose=legal"):
        assert clerk.get(address).status_code == 403
    assert clerk.post(reverse("supervision:draw_new"), _asked()).status_code == 403
    assert clerk.get(reverse("supervision:draw", args=[made.pk])).status_code == 404
    assert Draw.objects.count() == 1


def test_what_was_found_is_said_once_and_correction_is_ordered(lawyer: Client, drawn: Draw) -> None:
    address = reverse("supervision:draw_act", args=[drawn.pk, 1])
    assert lawyer.post(address, {"verdict": "flawed", "opinion": "送达回证没有签收日期。"}).status_code == 302
    page = text_of(lawyer, reverse("supervision:draw", args=[drawn.pk]))
    assert "送达回证没有签收日期。" in page
    assert "责令整改" in page
    again = lawyer.post(address, {"verdict": "sound", "opinion": "没有问题。"})
    assert again.status_code == 409
    assert "结论不能改" in again.content.decode()
    assert lawyer.post(address, {"deed": "order", "demand": "补齐签收日期"}).status_code == 302
    order = Check.objects.get(draw=drawn, place=1).order
    assert order is not None
    assert order.case.number in text_of(lawyer, reverse("supervision:draw", args=[drawn.pk]))


def test_a_check_without_a_verdict_is_refused_at_its_own_form(lawyer: Client, drawn: Draw) -> None:
    answer = lawyer.post(
        reverse("supervision:draw_act", args=[drawn.pk, 2]), {"verdict": "", "opinion": "写了一半的意见"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert page.count("写了一半的意见") == 1
    assert 'aria-describedby="e-verdict-2"' in page
    assert 'aria-describedby="e-verdict-1"' not in page
    assert not Check.objects.exclude(verdict="").exists()


def test_nobody_else_says_what_was_found(drawn: Draw, as_: SignIn) -> None:
    said = {"verdict": "sound", "opinion": "没有问题。"}
    for who in ("clerk", "head", "neighbour"):
        assert as_(who).post(reverse("supervision:draw_act", args=[drawn.pk, 1]), said).status_code == 404
    assert not Check.objects.exclude(verdict="").exists()


# recusals


@pytest.fixture
def in_hand(city: City) -> Outcome:
    return city.in_hand()


def test_a_relation_is_declared_and_ended_and_stays_on_record(in_hand: Outcome, as_: SignIn) -> None:
    reviewer = as_("reviewer")
    said = {"number": in_hand.number, "words": "申请人是我姐姐"}
    assert reviewer.post(reverse("supervision:recusals"), said).status_code == 302
    page = text_of(reviewer, reverse("supervision:recusals"))
    assert "我现在回避的" in page
    assert "等待决定" in page
    made = Relation.objects.get()
    assert (
        reviewer.post(reverse("supervision:recusal_act", args=[made.pk]), {"deed": "end"}).status_code == 302
    )
    page = text_of(reviewer, reverse("supervision:recusals"))
    assert "我现在回避的" not in page
    assert "申请人是我姐姐" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "", "id_number": "110101199003070776", "words": "同胞兄弟"}, "证件号码不对"),
        ({"number": "2026000000000", "id_number": "", "words": "同胞兄弟"}, "没有这件办件"),
        ({"number": "", "id_number": "110101199003070775", "words": ""}, "请写明是什么关系"),
    ],
)
def test_a_declaration_that_is_not_whole_is_refused_and_stays_as_typed(
    city: City, as_: SignIn, typed: dict[str, str], said: str
) -> None:
    answer = as_("reviewer").post(reverse("supervision:recusals"), {"id_type": "111", **typed})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert said in page
    for value in filter(None, typed.values()):
        assert value in page
    assert not Relation.objects.exists()


def test_the_head_decides_and_hands_the_work_on(city: City, in_hand: Outcome, as_: SignIn) -> None:
    colleague = Account.objects.create_user("colleague", kind="staff", display_name="同事")
    Holding.objects.create(post=Post.objects.get(code="SA"), account=colleague, valid=ALWAYS)
    made = recusal.declare_for_case(city.person("reviewer"), number=in_hand.number, words="申请人是我姐姐")
    head, address = as_("head"), reverse("supervision:recusal_act", args=[made.pk])
    assert "同事（SA）" in text_of(head, reverse("supervision:recusals"))
    refused = head.post(address, {"deed": "grant", "words": "近亲属，应当回避", "hand_to": ""})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "近亲属，应当回避" in page
    assert f'aria-describedby="e-hand_to-{made.pk}"' in page
    done = {"deed": "grant", "words": "近亲属，应当回避", "hand_to": colleague.pk}
    assert head.post(address, done).status_code == 302
    assert TaskRow.objects.get(case_id=in_hand.case_id, no=2).assignee == colleague
    assert "同意回避" in text_of(head, reverse("supervision:recusals"))


def test_nobody_decides_about_themself_or_about_other_units(
    city: City, in_hand: Outcome, as_: SignIn
) -> None:
    made = recusal.declare_for_case(city.person("reviewer"), number=in_hand.number, words="申请人是我姐姐")
    address = reverse("supervision:recusal_act", args=[made.pk])
    said = {"deed": "dismiss", "words": "不影响"}
    own = as_("reviewer").post(address, said)
    assert own.status_code == 409
    assert "由负责人决定" in own.content.decode()
    assert as_("neighbour").post(address, said).status_code == 404
    assert as_("neighbour").post(address, {"deed": "end"}).status_code == 404
    made.refresh_from_db()
    assert (made.status, made.valid.upper) == ("pending", None)


def test_an_applicant_has_no_such_pages(city: City, as_: SignIn) -> None:
    for page in ("recusals", "draws", "draw_new"):
        assert as_("applicant").get(reverse(f"supervision:{page}")).status_code == 403


def _asked(**over: str) -> dict[str, str]:
    """The form of a draw, filled in."""
    day = today()
    said = {
        "purpose": "legal", "first": (day - timedelta(days=1)).isoformat(), "last": day.isoformat(), "org": "", "matter": "",
        "wanted": "2", "title": "",
    }  # fmt: skip
    return said | over


def _announced(client: Client, **over: str) -> Draw:
    answer = client.post(reverse("supervision:draw_new"), _asked(**over))
    assert answer.status_code == 302
    return Draw.objects.latest("pk")
