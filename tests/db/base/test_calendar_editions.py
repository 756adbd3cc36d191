# ruff: noqa: RUF001 -- the brackets and full-width forms of the field are meant
"""Editions of the working calendar: taken in checked, frozen once published."""

import argparse
import copy
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from tongban.base import commands
from tongban.base.calendar import CHINA, CalendarError, load_calendar, shipped_content
from tongban.base.console import CommandError, Console, ExitCode
from tongban.base.models import CalendarVersion
from tongban.base.queries import calendar_edition, calendar_of, current_calendar
from tongban.base.services import calendar_outlook, import_calendar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    calendar_edition.cache_clear()


def _announced_2027() -> dict:
    content = copy.deepcopy(shipped_content())
    year = content["years"][-1]
    del year["provisional"]
    year["basis"] = ["国办发明电〔2026〕9号"]
    year["holidays"][1] = {"name": "春节", "off": ["2027-02-05", "2027-02-11"], "work": ["2027-01-30"]}
    return content


def test_the_shipped_calendar_is_in_force_until_one_is_imported() -> None:
    assert current_calendar() is load_calendar()
    with pytest.raises(LookupError):
        current_calendar("hk")


def test_an_imported_edition_is_in_force() -> None:
    first = import_calendar(shipped_content(), now=NOW)
    second = import_calendar(_announced_2027(), now=NOW)
    assert (first.version.no, second.version.no) == (1, 2)
    calendar = current_calendar()
    assert (calendar.version, calendar.announced_until) == (2, date(2027, 12, 31))
    assert calendar.is_workday(date(2027, 1, 30))
    assert not calendar_edition("cn", 1).is_workday(date(2027, 1, 30))
    assert "国办发明电〔2026〕9号" in second.version.basis


def test_an_old_computation_finds_its_calendar_again() -> None:
    import_calendar(shipped_content(), now=NOW)
    import_calendar(_announced_2027(), now=NOW)
    for calendar in (load_calendar(), current_calendar()):
        assert calendar_of(calendar.sha256) == calendar
    assert load_calendar().sha256 != current_calendar().sha256
    with pytest.raises(CalendarVersion.DoesNotExist):
        calendar_of("0" * 64)


def test_days_that_change_are_told() -> None:
    import_calendar(shipped_content(), now=NOW)
    changed = {
        p.where: p.message
        for p in import_calendar(_announced_2027(), now=NOW).warnings
        if p.code == "day_changed"
    }
    assert set(changed) == {"2027-01-30", "2027-02-09", "2027-02-10", "2027-02-11"}
    assert "由休息改为上班" in changed["2027-01-30"]
    again = copy.deepcopy(_announced_2027())
    again["years"][-1]["holidays"][1]["work"] = []
    warnings = import_calendar(again, now=NOW).warnings
    assert [p.message[:4] for p in warnings if p.code == "day_changed"] == ["已公布的"]


def test_the_same_content_again_changes_nothing() -> None:
    first = import_calendar(shipped_content(), now=NOW)
    again = import_calendar({**shipped_content(), "version": 7}, now=NOW)
    assert (again.created, again.version) == (False, first.version)
    assert CalendarVersion.objects.count() == 1


def test_an_edition_may_not_forget_years() -> None:
    import_calendar(shipped_content(), now=NOW)
    short = copy.deepcopy(shipped_content())
    del short["years"][:3]
    with pytest.raises(CalendarError, match="现行版本覆盖"):
        import_calendar(short, now=NOW)
    assert CalendarVersion.objects.count() == 1


def test_faulty_content_is_refused_whole() -> None:
    with pytest.raises(CalendarError):
        import_calendar({"code": "cn", "minutes": [[1, 2]], "years": []}, now=NOW)
    assert not CalendarVersion.objects.exists()


@pytest.mark.parametrize("write", [lambda v: v.update(basis="x"), lambda v: v.delete()])
def test_a_published_edition_is_frozen_by_the_database(write: Callable[[object], object]) -> None:
    import_calendar(shipped_content(), now=NOW)
    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        write(CalendarVersion.objects.all())


def test_a_draft_edition_may_still_change() -> None:
    draft = CalendarVersion.objects.create(code="cn", no=1, basis="b", content={}, sha256="0" * 64)
    draft.basis = "c"
    draft.save()
    assert current_calendar() is load_calendar()
    assert str(draft) == "cn 第1版"
    draft.delete()


@pytest.mark.parametrize(
    ("today", "codes"),
    [
        (date(2026, 6, 1), ["provisional"]),
        (date(2026, 12, 1), ["provisional", "horizon_near"]),
        (date(2028, 1, 1), ["provisional", "past_horizon"]),
    ],
)
def test_the_outlook_says_when_the_next_notice_is_due(today: date, codes: list[str]) -> None:
    assert [p.code for p in calendar_outlook(load_calendar(), today)] == codes


def _run(*argv: str) -> tuple[ExitCode, str, str]:
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers(required=True))
    args = parser.parse_args(["calendar", *argv])
    out, err = io.StringIO(), io.StringIO()
    console = Console(as_json=args.json, out=out, err=err)
    return args.run(args, console), out.getvalue(), err.getvalue()


def test_the_command_imports_and_checks(tmp_path: Path) -> None:
    path = tmp_path / "calendar.json"
    path.write_text(json.dumps(_announced_2027()), encoding="utf-8")
    code, out, _ = _run("check", str(path), "--json")
    assert (code, json.loads(out)["good"]) == (ExitCode.OK, True)
    code, out, _ = _run("import", str(path), "--json")
    assert (code, json.loads(out)["created"]) == (ExitCode.OK, True)
    code, out, _ = _run("import", str(path))
    assert "内容未变" in out
    code, out, _ = _run("check")
    assert code == ExitCode.OK
    assert "cn 第2版" in out  # 1 is the shipped one


def test_the_command_names_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "calendar.json"
    content = shipped_content()
    content["years"][3]["basis"] = []
    content["years"][4]["holidays"] = []
    path.write_text(json.dumps(content), encoding="utf-8")
    code, _, err = _run("check", str(path))
    assert code == ExitCode.FOUND
    assert "basis_missing" in err
    assert "holidays_missing" in err
    with pytest.raises(CommandError) as caught:
        _run("import", str(path))
    assert caught.value.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("content", "code"), [(None, "file_unreadable"), ("{", "file_not_json"), ("[]", "file_not_json")]
)
def test_the_command_says_what_is_wrong_with_the_file(tmp_path: Path, content: str | None, code: str) -> None:
    path = tmp_path / "calendar.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError) as caught:
        _run("check", str(path))
    assert caught.value.code == code
