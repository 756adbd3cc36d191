"""The bulletin as a document: parts with sentences, tables and charts, as plain data that page, PDF and Word file render alike.

Made of a counted month (`counting.Month`) once, kept as JSON, and never computed again after the release.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tongban.faces.bulletin.counting import BY_MONTH, BY_UNIT, GIVEN, OVERVIEW, Month, pick
from tongban.platforms.statistics.measures import Measure
from tongban.platforms.statistics.queries import Figure, Line
from tongban.platforms.statistics.ranking import FEWEST, Standing
from tongban.platforms.statistics.views.board import shown
from tongban.platforms.supervision.figures import GOAL
from tongban.platforms.supervision.models import NOT_COUNTED, Card
from tongban.platforms.supervision.orders import ENDING_WORDS
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.rules.rule import FAMILIES
from tongban.registry.queries import organisation_name

#: The parts in their order, and what the office is asked to write in each.
PARTS = {
    "overview": ("总体情况", "对本月总体情况的分析"),
    "units": ("各单位办理情况", "对各单位情况的点评"),
    "cards": ("监察预警和红黄牌", "对问题成因的分析"),
    "orders": ("督办情况", "对督办落实情况的说明"),
    "voices": ("群众评价和投诉", "对评价和投诉的分析"),
    "idle": ("零办件单位", "对零办件情况的说明"),
    "ranking": ("榜单", "对榜单的说明"),
    "notable": ("典型问题", "对典型问题的评析"),
    "demands": ("下一步工作要求", "对各单位的要求"),
}
GRADES = (("预警", "b3"), ("黄牌", "bx"), ("红牌", "bbad"))
LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}
#: What a part comes to: sentences and blocks.
Made = tuple[list[str], list[dict[str, Any]]]
UNITS_IN_CHART = 10
RULES_SHOWN = 8


def compose(month: Month) -> dict[str, Any]:
    """The computed document of a month, as JSON can keep it."""
    makers: dict[str, Callable[[Month], Made]] = {
        "overview": _overview, "units": _units, "cards": _cards, "orders": _orders, "voices": _voices,
        "idle": _idle, "ranking": _ranking, "notable": _notable, "demands": lambda _month: ([], []),
    }  # fmt: skip
    parts = []
    for key, (title, _asks) in PARTS.items():
        said, blocks = makers[key](month)
        parts.append({"key": key, "title": title, "said": said, "blocks": blocks})
    measures = dict.fromkeys((*OVERVIEW, *BY_UNIT, *GIVEN))
    return {
        "schema": 1,
        "first": month.span.first.isoformat(),
        "last": month.span.last.isoformat(),
        "parts": parts,
        "figures": {
            m.key: [month.now[n].value, month.before[n].value, month.year_before[n].value]
            for n, m in enumerate(OVERVIEW)
        },
        "definitions": [[m.name, m.unit, m.definition] for m in measures],
    }


def first_demands(month: Month) -> str:
    """What the office could ask of the units, proposed once for the editor to go on from."""
    wanted = []
    low = [u.name for u in _below_goal(month.units)]
    if low:
        wanted.append(
            f"按时办结率低于 {GOAL}% 的{_listed(low)}，要逐件查明超期原因，提出整改措施，并于下月 10 日前报送。"
        )
    red = [u.name for u in month.units if _value(u, "red")]
    if red:
        wanted.append(
            f"被发红牌的{_listed(red)}，要对照取证逐张说明，符合申诉条件的依规申诉，属实的限期整改。"
        )
    if month.orders.open_at_end:
        wanted.append(
            f"尚未办结的 {month.orders.open_at_end} 件督办单，承办单位要按时限答复，不得以答复代替整改。"
        )
    if month.idle:
        names = [organisation_name(org, month.span.last) for org, _n in month.idle]
        wanted.append(f"{_listed(names)}要核对是否存在体外办理、应进未进的情形。")
    return "\n".join(wanted)


# The parts


def _overview(m: Month) -> Made:
    now = {x.key: f for x, f in zip(OVERVIEW, m.now, strict=True)}
    before = {x.key: f for x, f in zip(OVERVIEW, m.before, strict=True)}
    year = {x.key: f for x, f in zip(OVERVIEW, m.year_before, strict=True)}

    def compared(key: str) -> str:
        measure = next(x for x in OVERVIEW if x.key == key)
        said = [
            f"比{word}{change_words(measure, now[key], then[key])}"
            for word, then in (("上月", before), ("上年同月", year))
            if then[key].value not in (None, 0)
        ]
        return "（" + "，".join(said) + "）" if said else ""

    def said(key: str) -> str:
        return shown(next(x for x in OVERVIEW if x.key == key), now[key])

    sentences = [
        (
            f"{m.span.first.month}月，共收到申请 {said('applied')} 件，受理 {said('accepted')} 件{compared('accepted')}，"
            f"办结 {said('ended')} 件{compared('ended')}。"
        ),
    ]
    if now["on_time"].value is not None:
        sentences.append(
            f"有承诺期限的办结件 {now['on_time'].under:,.0f} 件，其中按时办结 {now['on_time'].over:,.0f} 件，"
            f"按时办结率 {said('on_time')}%{compared('on_time')}。"
        )
    if now["days"].value is not None:
        tail = (
            f"，实际用时比法定期限压缩 {said('shortened')}%{compared('shortened')}"
            if now["shortened"].value is not None
            else ""
        )
        sentences.append(f"平均用时 {said('days')} 个工作日{compared('days')}{tail}。")
    sentences.append(
        f"电子监察发出预警 {said('warnings')} 次、黄牌 {said('yellow')} 张、红牌 {said('red')} 张，"
        f"每百件办结 {said('carded')} 张红黄牌{compared('carded')}。"
    )
    if m.late_entries:
        sentences.append(f"以上数字包含期后补录 {m.late_entries} 条。")
    rows = []
    for n, x in enumerate(OVERVIEW):
        rows.append(
            [
                f"{x.name}（{x.unit}）", shown(x, m.now[n]), shown(x, m.before[n]), change(x, m.now[n], m.before[n]),
                shown(x, m.year_before[n]), change(x, m.now[n], m.year_before[n]),
            ]
        )  # fmt: skip
    labels = [line.name for line in m.months]
    months = [
        [line.name, *(shown(x, f) for x, f in zip(BY_MONTH, line.figures, strict=True))] for line in m.months
    ]
    shares = [line.figures[2].value for line in m.months]
    lately = f"近 {len(m.months)} 个月"  # the first year has fewer than thirteen
    blocks = [
        table("主要指标", ["指标", "本月", "上月", "环比", "上年同月", "同比"], rows),
        chart(
            "bars", f"{lately}受理和办结", labels,
            [["受理", [line.figures[0].value for line in m.months], "b1"],
             ["办结", [line.figures[1].value for line in m.months], "b2"]],
            unit=" 件", note="柱上的数字是受理件数；办结件数见表。",
        ),
    ]  # fmt: skip
    if len([s for s in shares if s is not None]) > 1:
        low = max(0, int((min(s for s in shares if s is not None) - 2) // 5 * 5))
        blocks.append(
            chart(
                "line", f"{lately}按时办结率", labels, [["按时办结率", shares, "l1"]], unit="%", low=low, goal=GOAL,
                note=f"纵轴从 {low}% 起，虚线为目标 {GOAL}%。",
            )
        )  # fmt: skip
    blocks.append(table(f"{lately}情况", ["月份", *(f"{x.name}（{x.unit}）" for x in BY_MONTH)], months))
    return sentences, blocks


UNIT_COLUMNS = ("accepted", "ended", "on_time", "days", "shortened", "warnings", "yellow", "red")


def _units(m: Month) -> Made:
    lines = sorted(m.units, key=lambda u: -(_value(u, "ended") or 0))
    measures = [next(x for x in BY_UNIT if x.key == key) for key in UNIT_COLUMNS]
    rows = [
        [u.name, *(shown(x, f) for x, f in zip(measures, pick(u, UNIT_COLUMNS), strict=True))] for u in lines
    ]
    with_limit = [u for u in lines if _value(u, "on_time") is not None]
    whole = [u for u in with_limit if _value(u, "on_time") == 100]
    low = _below_goal(lines)
    sentences = [
        (
            f"本月有办件的单位 {len(lines)} 个。有承诺期限办结件的单位 {len(with_limit)} 个，其中全部按时的 {len(whole)} 个，"
            f"按时办结率低于 {GOAL}% 的 {len(low)} 个。"
        )
    ]
    heads = ["单位", "受理", "办结", "按时率（%）", "平均用时（工作日）", "压缩（%）", "预警", "黄牌", "红牌"]
    blocks = [table("各单位办理情况", heads, rows)] if rows else []
    carded = [u for u in lines if (_value(u, "yellow") or 0) + (_value(u, "red") or 0)]
    carded.sort(key=lambda u: (-(_value(u, "red") or 0), -(_value(u, "yellow") or 0)))
    if carded:
        top = carded[:UNITS_IN_CHART]
        blocks.append(
            chart(
                "stacked", "各单位红黄牌", [u.name[:8] for u in top],
                [["黄牌", [_value(u, "yellow") or 0 for u in top], "bx"], ["红牌", [_value(u, "red") or 0 for u in top], "bbad"]],
                unit=" 张", note=f"红牌、黄牌最多的 {len(top)} 个单位，共有 {len(carded)} 个单位被发牌。",
            )
        )  # fmt: skip
    return sentences, blocks


def _cards(m: Month) -> Made:
    now, before = _by_family(m.rules), _by_family(m.rules_before)
    total = [sum(v[n] for v in now.values()) for n in range(3)]
    was = [sum(v[n] for v in before.values()) for n in range(3)]
    handled = {s: f"{s.label} {m.handled[s]:,} 张" for s in Card.Status if m.handled.get(s)}
    gone = "、".join(words for s, words in handled.items() if s in NOT_COUNTED)
    left_out = [f"本月发出、后来撤销或者升级的黄牌、红牌不计入：{gone}。"] if gone else []
    if not any(total):
        return ["本月没有发出预警和红黄牌。", *left_out], []
    sentences = [
        (
            f"本月发出预警 {total[0]:,} 次、黄牌 {total[1]:,} 张、红牌 {total[2]:,} 张；"
            f"上月分别为 {was[0]:,} 次、{was[1]:,} 张、{was[2]:,} 张。"
        )
    ]
    if standing := [words for s, words in handled.items() if s not in NOT_COUNTED]:
        sentences.append(f"其中黄牌、红牌截至本通报编制时：{'、'.join(standing)}。")
    sentences += left_out
    families = [f for f in FAMILIES if any(now.get(f, [0]))]
    blocks = [
        chart(
            "stacked", "预警和红黄牌，按规则类别", [FAMILIES[f] for f in families],
            [[name, [now[f][n] for f in families], css] for n, (name, css) in enumerate(GRADES)],
        ),
        table(
            "预警和红黄牌，按规则类别", ["类别", "预警", "黄牌", "红牌", "合计", "上月合计"],
            [
                [FAMILIES[f], *(f"{n:,}" for n in now.get(f, [0, 0, 0])), f"{sum(now.get(f, [0])):,}", f"{sum(before.get(f, [0])):,}"]
                for f in FAMILIES
                if any(now.get(f, [0])) or any(before.get(f, [0]))
            ],
        ),
    ]  # fmt: skip
    top = sorted(m.rules, key=lambda r: -(r.figures[1].over + r.figures[2].over))[:RULES_SHOWN]
    rows = [
        [
            f"{r.key} {RULES[str(r.key)].name if r.key in RULES else ''}".strip(),
            *(f"{f.over:,.0f}" for f in r.figures),
        ]
        for r in top
        if r.figures[1].over + r.figures[2].over
    ]
    if rows:
        blocks.append(table("发牌最多的规则", ["规则", "预警", "黄牌", "红牌"], rows))
    return sentences, blocks


def _orders(m: Month) -> Made:
    o = m.orders
    if not (o.given or o.ended or o.open_at_end):
        return ["本月没有下发督办单，也没有正在办理的督办单。"], []
    ended = sum(o.ended.values())
    sentences = [
        f"本月下发督办单 {o.given} 件，办结督办单 {ended} 件，月底尚未办结 {o.open_at_end} 件。"
        + (f"本月下发的督办单，截至本通报编制时有 {o.still_open} 件正在办理。" if o.still_open else "")
    ]
    rows = [
        [ENDING_WORDS.get(key, "其他"), f"{n:,}"] for key, n in sorted(o.ended.items(), key=lambda e: -e[1])
    ]
    return sentences, [table("本月办结的督办单", ["结论", "件数"], rows)] if rows else []


def _voices(m: Month) -> Made:
    now = {x.key: f for x, f in zip(OVERVIEW, m.now, strict=True)}
    sentences = []
    if now["ratings"].over:
        satisfied = next(x for x in OVERVIEW if x.key == "satisfied")
        sentences.append(
            f"收到办事人评价 {now['ratings'].over:,.0f} 次，满意率 {shown(satisfied, now['satisfied'])}%，"
            f"差评 {now['bad'].over:,.0f} 次。"
        )
    else:
        sentences.append("本月没有收到办事人的评价。")
    if m.complaints is not None:
        sentences.append(f"收到对办件的投诉 {m.complaints[0]:,.0f} 件，办结 {m.complaints[1]:,.0f} 件。")
    keys = ("ratings", "satisfied", "bad")
    bad = sorted((u for u in m.units if _value(u, "bad")), key=lambda u: -(_value(u, "bad") or 0))[:10]
    measures = [next(x for x in BY_UNIT if x.key == key) for key in keys]
    rows = [[u.name, *(shown(x, f) for x, f in zip(measures, pick(u, keys), strict=True))] for u in bad]
    return sentences, [
        table("收到差评的单位", ["单位", "评价（次）", "满意率（%）", "差评（次）"], rows)
    ] if rows else []


def _idle(m: Month) -> Made:
    if not m.idle:
        return ["本月所有有事项的单位都有受理的办件，没有零办件单位。"], []
    rows = [[organisation_name(org, m.span.last), str(n)] for org, n in m.idle]
    return (
        [f"本月有在用事项而没有受理一件的单位 {len(m.idle)} 个。"],
        [table("零办件单位", ["单位", "在用事项（个）"], rows)],
    )


def _ranking(m: Month) -> Made:
    found = m.ranking
    if not found.ranked:
        return [f"本月没有办结 {FEWEST} 件以上的单位，不排名。"], []
    sentences = [
        (
            f"本月办结 {FEWEST} 件以上、参加排名的单位 {len(found.ranked)} 个。基本分 100 分：按时办结率每低一个百分点扣 1 分，"
            "每百件办结的红牌一张扣 10 分、黄牌一张扣 5 分、预警一次扣 1 分，满意率不足的最多扣 10 分，单项最多扣 30 分；"
            "实际用时比法定期限压缩 30% 的加 3 分，每再压缩 10 个百分点加 1 分。"
        )
    ]
    if found.few:
        names = "、".join(f"{name}（{n} 件）" for name, n in found.few)
        sentences.append(f"办结不足 {FEWEST} 件、不参加排名的：{names}。")
    blocks = [table("红榜", ["名次", "单位", "办结", "得分", "理由"], _places(found.best(), 1, good=True))]
    worst = found.worst()
    if worst:
        last = len(found.ranked)
        rows = [[str(last - n), *row[1:]] for n, row in enumerate(_places(worst, 1, good=False))]
        blocks.append(table("黑榜", ["名次", "单位", "办结", "得分", "理由"], rows))
    return sentences, blocks


def _places(standings: Sequence[Standing], first: int, *, good: bool) -> list[list[str]]:
    return [
        [str(n), s.name, f"{s.ended:,}", f"{s.score:.1f}", "；".join(s.reasons(good=good)) + "。"]
        for n, s in enumerate(standings, first)
    ]


def _notable(m: Month) -> Made:
    if not m.notable:
        return ["本月没有需要通报的典型问题。"], []
    said = []
    for n, x in enumerate(m.notable, 1):
        words = x.words or f"经电子监察发现“{x.rule_name}”。"
        said.append(
            f"（{n}）{organisation_name(x.org, m.span.last)}办理“{x.matter}”，{words}"
            f"发{LEVELS[x.level]}（规则 {x.rule} {x.rule_name}），目前状态：{x.status}。"
        )
    return said, []


# Words and blocks


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """A table block; every column whose cells are numbers stands to the right."""
    right = [n > 0 and bool(rows) and all(_is_number(row[n]) for row in rows) for n in range(len(heads))]
    return {
        "kind": "table", "caption": caption, "heads": list(heads), "right": right, "rows": [list(r) for r in rows],
    }  # fmt: skip


def chart(
    shape: str, caption: str, labels: Sequence[str], series: Sequence[list[Any]], **more: Any
) -> dict[str, Any]:
    """A chart block: its shape, labels and series [name, values, fill]."""
    return {
        "kind": "chart",
        "shape": shape,
        "caption": caption,
        "labels": list(labels),
        "series": list(series),
        **more,
    }


def change(measure: Measure, now: Figure, then: Figure) -> str:
    """How a figure changed: counts in per cent, shares in points, others in their unit."""
    if now.value is None or then.value is None:
        return "—"
    if measure.is_count:
        return "—" if not then.value else f"{100 * (now.value - then.value) / then.value:+.1f}%"
    return f"{now.value - then.value:+.{max(measure.places, 1)}f}"


def change_words(measure: Measure, now: Figure, then: Figure) -> str:
    """The same as it is said: “增加 3.2%”, “下降 0.4 个百分点”."""
    if now.value is None or then.value is None:
        return "无法比较"
    if measure.is_count:
        by = 100 * (now.value - then.value) / then.value if then.value else 0
        return "持平" if round(by, 1) == 0 else f"{'增加' if by > 0 else '减少'} {abs(by):.1f}%"
    by, unit = now.value - then.value, "个百分点" if measure.unit == "%" else measure.unit
    if round(by, max(measure.places, 1)) == 0:
        return "持平"
    up, down = ("提高", "下降") if measure.unit == "%" else ("增加", "减少")
    return f"{up if by > 0 else down} {abs(by):.{max(measure.places, 1)}f} {unit}"


def _by_family(lines: Sequence[Line]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in lines:
        sums = found.setdefault(str(line.key)[0], [0, 0, 0])
        for n in range(3):
            sums[n] += int(line.figures[n].over)
    return found


def _below_goal(lines: Sequence[Line]) -> list[Line]:
    """The units whose on-time rate is below the goal, be it for one case: each answers for what was late."""
    return [u for u in lines if (share := _value(u, "on_time")) is not None and share < GOAL]


def _value(line: Line, key: str) -> float | None:
    return pick(line, (key,))[0].value


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:8]) + (f"等 {len(names)} 个单位" if len(names) > 8 else "")


def _is_number(text: str) -> bool:
    return text.strip("+-—%").replace(",", "").replace(".", "", 1).isdigit() or text == "—"
