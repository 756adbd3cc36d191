"""docs/reference/supervision-rules.md says what the rules are, on what law, and with which thresholds."""

import pytest

from tests.documents import page, rows
from tongban.platforms.supervision.rules import RULES

PAGE = rows(page("reference/supervision-rules.md"))


def test_every_rule_is_listed_and_no_other():
    assert set(RULES) == set(PAGE), f"differ: {sorted(set(RULES) ^ set(PAGE))}"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_name_basis_and_inputs_are_those_of_the_rule(rule):
    name, level, basis, inputs, _ = PAGE[rule.id]
    assert (name, basis, inputs) == (rule.name, rule.basis, "、".join(rule.inputs))
    assert any(word in level for word in ("预警", "黄牌", "红牌"))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_tells_people_when_it_gives_the_cards_that_the_page_names(rule):
    assert rule.judged.endswith("。")
    assert not set("{}〈〉") & set(rule.judged)
    level = PAGE[rule.id][1]
    assert [word for word in ("预警", "黄牌", "红牌") if word in level] == [
        word for word in ("预警", "黄牌", "红牌") if word in rule.judged
    ]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_thresholds_stand_with_their_default_and_range(rule):
    said = PAGE[rule.id][-1]
    for key, t in rule.thresholds.items():
        expected = f"`{key}` {t.name} {t.default} {t.unit} ({t.least}–{t.most})"
        assert expected in said, f"{rule.id}: expected “{expected}”"
    assert said.count("`") == 2 * len(rule.thresholds)
