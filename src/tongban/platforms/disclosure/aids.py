"""What whoever reviews a document should look at: found by pattern in all of it, nothing is decided by it."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.utils.translation import gettext as _

from tongban.base.traces import traces
from tongban.platforms.disclosure.models import Annex, Record

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "密级标志": re.compile(
        r"(?:绝密|机密|秘密)\s*[★*]|★\s*[0-9一二三四五六七八九十]+\s*年|内部资料|不得外传|注意保存"
    ),
    "国家秘密、工作秘密的用词": re.compile(r"涉密|保密期限|工作秘密|军事设施|国家安全事项|密码"),
    "过程性信息": re.compile(r"送审稿|讨论稿|征求意见稿|初稿"),
}
PERSONAL = "个人信息"
MOST = 5
"""Places shown of one sort in one text."""

Aids = tuple[tuple[str, tuple[str, ...]], ...]


def aids_for(record: Record) -> list[tuple[str, list[str]]]:
    """What was found, by sort, with the places: in everything the public is to read of a record, its annexes included."""
    said = "\n".join(
        (
            record.title,
            record.body,
            record.description,
            "；".join(record.keywords),
            record.addressees,
            record.filename,
        )
    )
    found: dict[str, list[str]] = {}
    for where, aids in (("", _aids(said)), *_annexed(record)):
        for name, places in aids:
            found.setdefault(name, []).extend(f"{where}{place}" for place in places)
    return list(found.items())


def _annexed(record: Record) -> Iterator[tuple[str, Aids]]:
    if not record.pk:
        return
    for pk, no, file in record.files.values_list("pk", "no", "file_id"):
        yield _("附件 %(n)s：") % {"n": no}, _aids_of_annex(pk, file)


@lru_cache(maxsize=512)
def _aids_of_annex(pk: int, _file: str) -> Aids:
    """An annex is only ever put in and taken out: what was found in it once stays so, while its number means that file."""
    name, text = Annex.objects.values_list("name", "text").get(pk=pk)
    return _aids(f"{name}\n{text}")


def _aids(text: str) -> Aids:
    found = []
    for name, pattern in PATTERNS.items():
        places = [
            text[max(0, m.start() - 8) : m.end() + 8].replace("\n", " ") for m in pattern.finditer(text)
        ]
        if places:
            found.append((name, tuple(places[:MOST])))
    personal = traces(text)
    return (*found, (PERSONAL, tuple(personal[:MOST]))) if personal else tuple(found)
