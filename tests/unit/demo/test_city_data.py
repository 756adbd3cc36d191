"""The demo city's data: codes are right, packages and flows pass the checks, the words are our own."""

import json
import re
from pathlib import Path

import pytest

from tongban.base.codes import is_uscc
from tongban.engine.definition import compile_terms
from tongban.engine.flow import compile_flow
from tongban.engine.lint import lint
from tongban.engine.state import Limit
from tongban.platforms.disclosure import rules as disclosure
from tongban.platforms.inquiry import rules as inquiry
from tongban.project.demo.accounts import DEMO_ACCOUNTS
from tongban.project.demo.tables import names, read, table
from tongban.registry.package import check_package

MATTERS = names("matters")
SHEETS = Path(__file__).resolve().parents[4] / "shared" / "data" / "anlan"
POSTS = {p["code"] for p in table("posts.json")["posts"]}


def matter(key):
    return json.loads(read(f"matters/{key}.json"))


def flow(key):
    return json.loads(read(f"flows/{key}.json"))


def sentences(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from sentences(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from sentences(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("key", MATTERS)
def test_a_matter_and_its_flow_may_be_published(key):
    package, document = matter(key), flow(key)
    assert [p for p in check_package(package) if p.level == "error"] == []
    fields = {f["name"]: f for g in package["form"]["groups"] for f in g["fields"]}
    promised = package["limits"]["promised"]
    problems = lint(
        document, posts=POSTS, form_fields=fields, promised=Limit(promised["amount"], promised["unit"]),
        materials=[m["key"] for m in package["materials"]],
    )  # fmt: skip
    assert problems == []
    assert compile_flow(document).key == package["flow_key"] == key
    compile_terms(package, 1)


@pytest.mark.parametrize("key", MATTERS)
def test_codes_of_a_matter_fit_together(key):
    package = matter(key)
    offering = package["offering"]
    assert is_uscc(offering["org_code"])
    assert (
        offering["implementation_code"]
        == offering["org_code"] + offering["level"] + package["matter"]["code"]
    )
    assert package["matter"]["code"].startswith("99" + package["matter"]["kind_code"])
    steps = {s["key"] for s in package["steps"]}
    nodes = {n["key"] for n in flow(key)["nodes"] if n["kind"] in {"human", "subcase"}}
    assert steps <= nodes
    assert all(isinstance(law["verified"], bool) for law in package["legal_bases"])
    assert all(isinstance(package["limits"][name]["verified"], bool) for name in ("statutory", "promised"))


def test_regions_lie_outside_the_national_code_and_units_have_right_codes():
    package = table("organisations.json")
    assert all(r["code"].startswith("99") for r in package["regions"])
    assert all(is_uscc(o["code"]) for o in package["organisations"])
    assert len(package["organisations"]) == 71


def test_people_have_names_of_their_own():
    holders = [h["display_name"] for p in table("posts.json")["posts"] for h in p["holders"]]
    assert len(set(holders)) == len(holders)
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in holders)
    assert len({name[0] for name in holders}) > 150


def test_prose_uses_full_width_punctuation():
    half = re.compile(r"[\u4e00-\u9fff]\s?[,;:()!?]|[,;:()!?]\s?[\u4e00-\u9fff]")
    tables = ("words.json", "answers.json", "organisations.json", "posts.json", "life_events.json")
    documents = [matter(k) for k in MATTERS] + [flow(k) for k in MATTERS] + [table(name) for name in tables]
    found = [s for document in documents for s in sentences(document) if half.search(s)]
    assert found == []


def test_sentences_of_the_fact_sheets_were_not_copied():
    if not SHEETS.exists():
        pytest.skip("the fact sheets are not part of the project")
    plain = re.compile(r"[\W_]+")
    theirs = set()
    for sheet in json.loads((SHEETS / "matters.json").read_text()):
        prose = [*sheet["conditions"], *(m["filling_note"] for m in sheet["materials"])]
        prose += [s["review_standard"] for s in sheet["steps"]]
        prose += [r["description"] for r in sheet["risk_points"]] + [
            r["measure"] for r in sheet["risk_points"]
        ]
        prose += [text for pair in sheet["faq"] for text in pair.values()]
        theirs |= {plain.sub("", s) for s in prose if len(plain.sub("", s)) >= 14}
    ours = {plain.sub("", s) for k in MATTERS for s in sentences(matter(k))}
    assert len(ours & theirs) <= 12, sorted(ours & theirs)


@pytest.mark.parametrize("template", [disclosure.template("release"), inquiry.template()])
def test_a_visitor_can_play_every_step_of_disclosure_in_one_unit(template):
    known = {a.username for a in DEMO_ACCOUNTS}
    played = {}
    for post in table("posts.json")["posts"]:
        if known & {h["username"] for h in post.get("holders", ())}:
            played.setdefault(post["organisation"], set()).add(post["role"])
    wanted = [set(roles.split("|")) for roles in template["roles"].values()]
    assert any(all(held & any_of for any_of in wanted) for held in played.values())
