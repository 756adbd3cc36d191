"""Names of organs 机关名称 by their shape: where one begins and ends, which are joint, which are short for another. Pure.

There is no list of organs: an organ's name ends with a word of its kind (人民政府, 委员会, 局 …), and the names of organs of one place begin with
the same place.
"""

from __future__ import annotations

import re

from tongban.platforms.disclosure.reader.lines import squeezed, tidy

_KIND = (
    "人民政府办公厅|人民政府办公室|人民政府|政府办公厅|政府办公室|政府办|政府|办公厅|办公室|委员会办公室|委员会|管理委员会|管委会|常委会|常务委员会|工委|党委|党组|纪委|"
    "监委|市委|省委|县委|区委|州委|旗委|国务院|中央|发展改革委|改革委|发改委|卫生健康委|卫健委|住建委|住房城乡建设委|农委|经信委|国资委|科委|教委|建委|民委|编委|编办|计生委|"
    "总局|分局|管理局|监督局|局|厅|部|科学院|研究院|法院|检察院|医院|海关|税务局|总队|支队|大队|消防救援|指挥部|领导小组|工作组|联席会议|工作领导小组办公室|"
    "中心|总站|监测站|服务站|管理处|办事处|管理所|总工会|联合会|残联|妇联|团委|协会|学会|基金会|商会|供销合作社|供销社|公司|集团|大学|学院|学校|图书馆|档案馆|博物馆|"
    "研究室|督查室|档案局|政协|人大|人大常委会|委|办|署|银行|支行|分行|邮政局|气象局|司令部|军分区|人武部"
)
_ENDS = re.compile(rf"(?:{_KIND})(?:[(][^()]{{1,24}}[)])?$")
_NAME = re.compile(rf"[\u4e00-\u9fff·、]{{1,30}}?(?:{_KIND})(?:[(][^()]{{1,24}}[)])?")
_PLACE = re.compile(
    r"(?:中共|中国共产党)?([\u4e00-\u9fff]{1,8}?(?:自治区|自治州|自治县|新区|开发区|高新区|特区|省|市|县|区|州|盟|旗|镇|乡|街道))"
)
_VERBS = re.compile(
    r"关于|印发|转发|批转|通知|通过|召开|组织|根据|按照|由于|进行|开展|实施|推进|加强|认真|请|将|对|经[^济信]|各[^界]|以及|或者|报送|报|负责|应当|要求"
)
_ALONE = re.compile(r"(?:国务院|中央军委|中共中央)")


def is_organ(text: str) -> bool:
    """Whether the text has the shape of one organ's name: 洛阳市人民政府, 国务院办公厅, 市政府办公室(市政府研究室、市机关事务局)."""
    name = squeezed(text)
    if not 2 <= len(name) <= 60 or not re.fullmatch(r"[\u4e00-\u9fff·、()—0-9]+", name):
        return False
    if not _ENDS.search(name):
        return False
    head = re.sub(r"[(].*", "", name)
    return (
        len(head) <= 32 and "、" not in head and not _VERBS.search(head) and not re.search(r"[0-9]{2,}", head)
    )


def split_organs(text: str) -> list[str]:
    """The organs of a joint document: apart by blanks, 、 or , or run together with the place repeated. Empty if any part is none."""
    parts = [part for part in re.split(r"[\s,，、;；\t]+(?![^(（]*[)）])", text.strip()) if part]
    if parts and all(len(part) == 1 for part in parts):  # 洛 阳 市 人 民 政 府
        parts = ["".join(parts)]
    if len(parts) > 1 and not all(is_organ(part) for part in parts):
        together = tidy("".join(parts))
        parts = [together] if is_organ(together) else parts
    names: list[str] = []
    for part in parts:
        names += _apart(part)
    return names if names and all(is_organ(name) for name in names) else []


def joined(names: list[str]) -> str:
    """Joint issuers as a title writes them, one blank between."""
    return " ".join(dict.fromkeys(names))


def is_full(name: str) -> bool:
    """Whether a name says its place or rank in full, as a signature must: 金坛市人民政府办公室, not 政府办 or 市政府办公室."""
    if _ALONE.search(name) or name.startswith(("中华人民共和国", "国家", "中国", "全国", "最高人民", "中央")):
        return True
    place = _PLACE.match(name)
    return bool(place and len(place[1]) >= 2 and not re.match(r"(?:省|市|县|区|州|本)", name))


def same_organ(one: str, other: str) -> bool:
    """Whether one name can be short for the other: its characters stand there in the same order (政府办, 金坛市人民政府办公室)."""
    short, long = sorted(
        (squeezed(re.sub(r"[(（].*?[)）]", "", one)), squeezed(re.sub(r"[(（].*?[)）]", "", other))), key=len
    )
    rest = iter(long)
    return bool(short) and all(char in rest for char in short)


def organ_before(text: str) -> str:
    """The organ with which a text (run together) ends, "" where none is plain: …贯彻落实。商洛市人民政府办公室 gives the last."""
    tail = squeezed(text)[-44:]
    piece = re.split(r"[。.;；:：,，!！?？》〉」”\"')）\]】〕0-9]", tail)[-1]
    if is_organ(piece):
        return piece
    found = re.search(
        rf"(?:执行|落实|办理|实施|遵照|批复|函复|复函|通知|报告|周知|施行|为荷|支持|建议|意见|此复|公告|通告|公布|公开发布)((?:中共)?[\u4e00-\u9fff]{{2,24}}(?:{_KIND}))$",
        piece,
    )
    return found[1] if found and is_organ(found[1]) else ""


def _apart(name: str) -> list[str]:
    """Split 中共洛阳市委洛阳市人民政府 where, after a whole name, the place begins again."""
    name = tidy(name)
    place = _PLACE.match(name)
    marks = ["中共"]
    if place:
        marks.append(place[1])
    elif name[:1] in "省市县区州":
        marks.append(name[0])
    for found in re.finditer("|".join(map(re.escape, marks)), name):
        left, right = name[: found.start()], name[found.start() :]
        if left and is_organ(left) and is_organ(_first(right)):
            return [left, *_apart(right)]
    return [name]


def _first(text: str) -> str:
    found = _NAME.match(text)
    return text if is_organ(text) else found[0] if found else ""
