"""系统报送 on the desk: whose systems one sees, what hangs and why, what did not agree; lists that go out as files."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from tests.reporting import BEGUN, PATH, Department, story
from tongban.platforms.reporting.clients import create_client
from tongban.platforms.reporting.models import Client
from tongban.platforms.reporting.overview import clients_for
from tongban.platforms.reporting.queries import mend
from tongban.platforms.reporting.services import digest_of

INDEX = "/desk/reporting/"


@pytest.fixture
def department(town, client):
    made, secret = create_client("许可审批系统", "scjg")
    create_client("城管执法系统", "cg")
    return Department(client, made.key_id, secret)


@pytest.fixture
def page(department):
    return f"{INDEX}{Client.objects.get(name='许可审批系统').pk}/"


def browser(town, role):
    found = Browser()
    found.force_login(town.people[role], "django.contrib.auth.backends.ModelBackend")
    return found


def text(town, role, address):
    answer = browser(town, role).get(address)
    assert answer.status_code == 200, (role, address, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("clerk", {"许可审批系统"}), ("neighbour", {"城管执法系统"}), ("monitor", {"许可审批系统", "城管执法系统"}),
        ("system_admin", {"许可审批系统", "城管执法系统"}), ("security_admin", set()),
    ],
)  # fmt: skip
def test_everybody_sees_the_systems_of_their_units_and_who_administers_sees_them(
    town, department, role, seen
):
    assert {c.name for c in clients_for(town.people[role])} == seen


def test_key_ids_are_masked_and_lateness_is_a_share(town, department):
    department.report(*story(1))
    found = text(town, "clerk", INDEX)
    assert department.key_id not in found
    assert department.key_id[:5] in found
    assert "100%" in found
    assert "城管执法系统" not in found


def test_what_hangs_is_listed_with_its_reason_and_how_to_mend_it(town, department, page):
    department.report(*story(1)[3:5], {**story(2)[0], "matter": "P-404", "key": "odd-1"})
    found = text(town, "clerk", page)
    assert mend("matter_unknown") in found
    assert "odd-1" in found
    assert found.count("等待") >= 2
    assert "odd-1" not in text(town, "clerk", f"{page}?status=parked")
    assert "odd-1" in text(town, "clerk", f"{page}?q=odd")
    assert "没有这样的对象" in text(
        town, "clerk", f"{page}?q=nothing&type=step&day=9999-99-99&after=999999999999"
    )


def test_another_unit_finds_no_such_system(town, department, page):
    for address in (page, f"{page}batches/", f"{page}days/", f"{page}days/2026-03-02/step/"):
        assert browser(town, "neighbour").get(address).status_code == 404
        assert browser(town, "owner").get(address).status_code != 200


def test_what_did_not_agree_is_kept_and_shown_object_by_object(town, department, page):
    first = story(1)[0]
    department.report(first)
    held = [
        {"key": f"{first['case']}:P-1:application:", "version": 1, "digest": digest_of(first).hex()},
        {"key": "lost-7", "version": 1, "digest": "0" * 64},
    ]
    body = {"date": BEGUN.date().isoformat(), "type": "application", "objects": held}
    assert department.post(f"{PATH}/reconciliation", body).json()["same"] == 1
    day = (BEGUN.date() + timedelta(days=3)).isoformat()
    assert "1 个不一致" in text(town, "clerk", f"{page}days/?day={day}")
    found = text(town, "clerk", f"{page}days/{BEGUN.date()}/application/")
    assert "lost-7" in found
    assert (
        department.post(f"{PATH}/reconciliation", {**body, "objects": held[:1]}).json()["differences"] == []
    )
    assert "1 个不一致" not in text(town, "clerk", f"{page}days/?day={day}")


def test_lists_go_out_as_xlsx_and_csv_to_whom_may_export(town, department, page):
    department.report({**story(1)[3], "key": "=1+1"})
    answer = browser(town, "chief").get(f"{page}?export=xlsx")
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert rows[1][0] == "=1+1"
    said = browser(town, "chief").get(f"{page}?export=csv").content.decode("utf-8-sig")
    assert "'=1+1" in said
    assert "许可审批系统" in browser(town, "chief").get(f"{INDEX}?export=csv").content.decode("utf-8-sig")
    assert "text/html" in browser(town, "clerk").get(f"{page}?export=csv").headers["Content-Type"]


def test_batches_are_listed_newest_first(town, department, page):
    department.report(*story(1)[:2])
    department.report(*story(1))
    found = text(town, "clerk", f"{page}batches/")
    counts = re.findall(r'data-th="对象">(?:<[^>]*>)*([0-9,]+)', re.sub(r"\s", "", found))
    assert counts == ["12", "2"]
