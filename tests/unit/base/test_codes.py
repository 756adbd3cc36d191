# ruff: noqa: RUF001 -- the brackets and full-width forms of the field are meant
"""Identifiers: real and made-up vectors, wrong ones, and what an import keeps."""

from datetime import date

import pytest
import stdnum.cn.uscc
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from tongban.base import codes
from tongban.base.codes import citizen_id, org_code, uscc

USCC = [
    "11511301008778183N", "115113010833722043", "11341702486344515H", "11341702730007167P", "11441700007280420Y",
    "12441500196720244T", "1132041301413881XE", "113306000000000198", "126110000000000279", "91320413MA00000153",
    "53410300MJ00000343", "92511703MA000004X3",
]  # fmt: skip
ORG = [
    "01413881X", "014416330", "006939748", "014119467", "486344515", "008778183", "083372204", "007280420",
    "730007167", "196720244",
]  # fmt: skip
CITIZENS = [
    "320413190001010015", "32041319040229002X", "611002190012310135", "33060219000615007X", "41030019000101001X",
]  # fmt: skip


@pytest.mark.parametrize("text", USCC)
def test_a_valid_credit_code_is_read(text: str) -> None:
    assert codes.parse_uscc(text).text == text
    assert codes.parse_uscc(f" {text[:2]} {text[2:8].lower()}-{text[8:].lower()} ").text == text
    assert stdnum.cn.uscc.is_valid(text)
    assert codes.is_org_code(codes.parse_uscc(text).org_code.text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1132041301413881XF", "uscc.check"),
        ("1132041301413880XE", "uscc.check"),
        ("11320413O1413881XE", "uscc.alphabet"),
        ("1132041301413881X", "uscc.length"),
        ("113204A301413881XE", "uscc.region"),
        ("", "uscc.length"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(codes.CodeError) as caught:
        codes.parse_uscc(text)
    assert caught.value.code == code
    assert not codes.is_uscc(text)


def test_an_imported_credit_code_keeps_every_doubt() -> None:
    read = codes.import_uscc("1132041301413880XE")
    assert read.value is not None
    assert [d.code for d in read.doubts] == ["uscc.check", "uscc.org_check"]
    assert codes.import_uscc("?").value is None


@given(st.sampled_from(USCC), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_single_wrong_character_of_a_credit_code_is_found(text: str, place: int, wrong: str) -> None:
    assume(text[place] != wrong)
    assert not codes.is_uscc(text[:place] + wrong + text[place + 1 :])


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    st.sampled_from(["11", "12", "91", "92"]),
)
def test_a_made_credit_code_is_valid_for_others_too(body: str, prefix: str) -> None:
    organisation = codes.make_org_code(body)
    made = codes.make_uscc(prefix, "320413", organisation.text)
    assert (made.authority, made.region, made.org_code) == (prefix, "320413", organisation)
    assert stdnum.cn.uscc.is_valid(made.text)


def test_the_parts_of_a_credit_code_have_names() -> None:
    code = codes.parse_uscc("1132041301413881XE")
    assert (code.kind, code.region, code.org_code.hyphenated) == ("机关", "320413", "01413881-X")
    assert codes.mask_uscc(code.text) == "1132**********81XE"[:4] + "*" * 10 + "81XE"


@pytest.mark.parametrize("text", ORG)
def test_a_valid_organisation_code_is_read_with_and_without_hyphen(text: str) -> None:
    assert codes.parse_org_code(text).text == text
    assert codes.parse_org_code(f"{text[:8]}-{text[8]}").text == text


@pytest.mark.parametrize(
    ("text", "code"),
    [("035210000", "org_code.check"), ("014138810", "org_code.check"), ("0141388", "org_code.shape")],
)
def test_a_wrong_organisation_code_is_refused(text: str, code: str) -> None:
    with pytest.raises(codes.CodeError) as caught:
        codes.parse_org_code(text)
    assert caught.value.code == code


def test_an_imported_organisation_code_is_kept_with_a_doubt() -> None:
    read = codes.import_org_code("035210000")
    assert (read.text, [d.code for d in read.doubts]) == ("035210000", ["org_code.check"])
    assert org_code.check_character("03521000") == "8"


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 7), st.integers(1, 9))
def test_any_single_wrong_digit_of_an_organisation_code_is_found(body: str, place: int, shift: int) -> None:
    good = codes.make_org_code(body).text
    wrong = str((int(good[place]) + shift) % 10)
    assert not codes.is_org_code(good[:place] + wrong + good[place + 1 :])


@pytest.mark.parametrize("text", CITIZENS)
def test_a_valid_citizen_number_is_read(text: str) -> None:
    assert codes.parse_citizen_id(text.lower()).text == text
    assert mod_11_2.calc_check_digit(text[:17]) == text[17]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("320413190002290020", "citizen_id.birth"),
        ("320413190001010016", "citizen_id.check"),
        ("32041319000101001", "citizen_id.length"),
        ("3204131900010100I5", "citizen_id.shape"),
        ("020413190001010015", "citizen_id.shape"),
    ],
)
def test_a_wrong_citizen_number_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(codes.CodeError) as caught:
        codes.parse_citizen_id(text)
    assert caught.value.code == code


def test_a_city_is_no_county_where_a_county_is_asked() -> None:
    with pytest.raises(codes.CodeError, match="县级"):
        codes.parse_citizen_id("41030019000101001X", county=True)


def test_a_birth_in_the_future_is_refused_when_today_is_known() -> None:
    number = codes.make_citizen_id("320413", date(2030, 1, 1), 1).text
    with pytest.raises(codes.CodeError, match="晚于今天"):
        codes.parse_citizen_id(number, today=date(2026, 1, 1))


def test_an_old_citizen_number_is_brought_to_eighteen() -> None:
    read = codes.import_citizen_id("320413000101001")
    assert (read.text, read.doubts[0].code) == ("320413190001010015", "citizen_id.old")
    assert codes.import_citizen_id("320413000231001").doubts[0].code == "citizen_id.birth"
    with pytest.raises(codes.CodeError):
        codes.upgrade_citizen_id("12")


def test_a_citizen_number_tells_sex_and_age() -> None:
    person = codes.parse_citizen_id("320413190001010015")
    assert (person.sex, person.region, person.birth) == ("male", "320413", date(1900, 1, 1))
    assert (person.age(date(1917, 12, 31)), person.age(date(1918, 1, 1))) == (17, 18)


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9)
)
def test_any_single_wrong_digit_of_a_citizen_number_is_found(
    birth: date, sequence: int, place: int, shift: int
) -> None:
    good = codes.make_citizen_id("320413", birth, sequence).text
    wrong = str((int(good[place]) + shift) % 10)
    assert not codes.is_citizen_id(good[:place] + wrong + good[place + 1 :])


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_character_agrees_with_an_independent_one(body: str) -> None:
    assert citizen_id.check_character(body) == mod_11_2.calc_check_digit(body)


@pytest.mark.parametrize("text", ["", "1234", "123456789", "320413190001010015", "1" * 30])
def test_a_mask_never_shows_more_than_eight_characters(text: str) -> None:
    assert len(codes.mask_citizen_id(text).replace("*", "")) <= 8
    assert len(codes.mask_citizen_id(text)) == len(text)
    assert codes.mask_citizen_id("320413190001010015") == "3204**********0015"


@pytest.mark.parametrize(
    ("text", "canonical", "level", "parent"),
    [
        ("320000", "320000", "province", None),
        ("320400", "320400", "city", "320000"),
        ("320413", "320413", "county", "320400"),
        ("320482", "320482", "county", "320400"),
        ("320413000000", "320413", "county", "320400"),
        ("320413100", "320413100000", "town", "320413"),
        ("320413100201", "320413100201", "village", "320413100000"),
    ],
)
def test_a_region_knows_its_level_and_parent(
    text: str, canonical: str, level: str, parent: str | None
) -> None:
    region = codes.parse_region(text)
    assert (region.text, region.level) == (canonical, level)
    assert (region.parent.text if region.parent else None) == parent
    assert len(region.twelve) == 12


@pytest.mark.parametrize("text", ["", "3204", "990000", "320013", "320413000201", "320000100"])
def test_what_is_no_region_code_is_refused(text: str) -> None:
    assert not codes.is_region(text)


@pytest.mark.parametrize(
    ("found", "written"),
    [
        ("绍政办发(2012)115号", "绍政办发〔2012〕115号"),
        ("川办函[2012]19号", "川办函〔2012〕19号"),
        ("国办函﹝2011﹞99号", "国办函〔2011〕99号"),
        ("国办发明电［2011］45号", "国办发明电〔2011〕45号"),
        ("坛政办发〔2013〕64号", "坛政办发〔2013〕64号"),
        ("工信部联信 〔2011〕 第０455号", "工信部联信〔2011〕455号"),
        ("国税函(内)〔2010〕3号", "国税函（内）〔2010〕3号"),
    ],
)
def test_document_numbers_in_the_wild_are_brought_to_the_standard_form(found: str, written: str) -> None:
    read = codes.import_doc_number(found)
    assert read.text == written
    assert codes.parse_doc_number(written) == read.value
    assert [d.code for d in read.doubts] == ([] if found == written else ["doc_number.normalised"])


@pytest.mark.parametrize(
    ("found", "code"), [("商政办发21号", "doc_number.no_year"), ("通知", "doc_number.shape")]
)
def test_a_document_number_that_cannot_be_read_is_kept_as_found(found: str, code: str) -> None:
    read = codes.import_doc_number(found)
    assert (read.text, read.value, read.doubts[0].code) == (found, None, code)


@pytest.mark.parametrize(
    "text", ["坛政办发[2013]64号", "坛政办发〔2013〕064号", "坛政办发〔1813〕64号", "〔2013〕64号"]
)
def test_only_the_standard_form_is_a_document_number(text: str) -> None:
    assert not codes.is_doc_number(text)


def test_a_document_number_is_written_in_the_standard_form() -> None:
    assert codes.make_doc_number("商政办发", 2014, 21).text == "商政办发〔2014〕21号"
    with pytest.raises(codes.CodeError):
        codes.make_doc_number("商政办发", 2014, 0)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("01413881X/2013-00051", []),
        ("014416330/2018-04736", []),
        ("014119467/2020-00556", []),
        ("006939748/2015-00331", []),
        ("11341702486344515H/202110-00013", ["index_number.uscc", "index_number.month"]),
        ("11441700007280420Y/2021-00050", ["index_number.uscc"]),
        ("6107280000/2024-001005", ["index_number.publisher", "index_number.serial"]),
        ("62082300ZF000/2019-04334", ["index_number.publisher"]),
        (
            "11610527Q-2019-000024",
            ["index_number.publisher", "index_number.serial", "index_number.separator"],
        ),
        ("4309030009/2020-1219000", ["index_number.publisher", "index_number.serial"]),
        ("035210000/2025-00016", ["index_number.publisher"]),
        ("无", ["index_number.shape"]),
    ],
)
def test_an_index_number_given_elsewhere_is_kept_and_doubted(text: str, doubts: list[str]) -> None:
    read = codes.import_index_number(text)
    assert read.text == text
    assert [d.code for d in read.doubts] == doubts


@given(st.sampled_from(ORG), st.integers(1000, 9999), st.integers(1, 99999))
def test_an_index_number_is_written_in_twenty_characters(publisher: str, year: int, serial: int) -> None:
    made = codes.make_index_number(publisher, year, serial)
    assert len(made.text) == 20
    assert codes.parse_index_number(made.text) == made


@pytest.mark.parametrize(
    ("organisation", "serial"),
    [("035210000", 16), ("01413881X", 0), ("01413881X", 100000), ("01413881-X", 1)],
)
def test_a_wrong_index_number_is_never_made(organisation: str, serial: int) -> None:
    with pytest.raises(codes.CodeError):
        codes.make_index_number(organisation, 2013, serial)


@pytest.mark.parametrize(
    ("text", "e164", "kind"),
    [
        ("13800138000", "+8613800138000", "mobile"),
        ("013800138000", "+8613800138000", "mobile"),
        ("8613800138000", "+8613800138000", "mobile"),
        ("+86 138-0013-8000", "+8613800138000", "mobile"),
        ("008613800138000", "+8613800138000", "mobile"),
        ("１３８００１３８０００", "+8613800138000", "mobile"),
        ("0519-82881234", "+8651982881234", "fixed"),
        ("(0519)82881234", "+8651982881234", "fixed"),
        ("+86 519 8288 1234", "+8651982881234", "fixed"),
        ("0575-85123456", "+8657585123456", "fixed"),
        ("0914-2312345", "+869142312345", "fixed"),
        ("08182123456", "+868182123456", "fixed"),
        ("0379-63912345", "+8637963912345", "fixed"),
        ("400-810-1234", "+864008101234", "toll_free"),
        ("12345", "", "short"),
        ("0519-12345", "", "short"),
        ("+852 2123 4567", "+85221234567", "foreign"),
        ("0085221234567", "+85221234567", "foreign"),
    ],
)
def test_a_telephone_number_has_one_form(text: str, e164: str, kind: str) -> None:
    phone = codes.parse_phone(text)
    assert (phone.e164, phone.kind) == (e164, kind)


def test_a_local_number_needs_its_area() -> None:
    with pytest.raises(codes.CodeError) as caught:
        codes.parse_phone("82881234")
    assert caught.value.code == "phone.area"
    assert codes.parse_phone("82881234", area="0519").e164 == "+8651982881234"


def test_an_extension_is_kept_apart() -> None:
    for text in ("0519-82881234-801", "051982881234转801", "0519-82881234 ext 801"):
        phone = codes.parse_phone(text)
        assert (phone.national, phone.extension) == ("051982881234", "801")


@pytest.mark.parametrize("text", ["12800000000", "1380013800", "", "abc", "+1 000", "+8521", "0519-9"])
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    assert not codes.is_phone(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800138000", "138****8000"),
        ("0519-82881234", "0519****1234"),
        ("12345", "12345"),
        ("1234567", "*******"),
    ],
)
def test_a_telephone_number_is_masked(text: str, shown: str) -> None:
    assert codes.mask_phone(text) == shown


def test_errors_of_codes_compare_by_what_they_say() -> None:
    assert codes.CodeError("a", "b") == codes.CodeError("a", "b")
    assert len({codes.CodeError("a", "b"), codes.CodeError("a", "b"), codes.CodeError("a", "c")}) == 2
