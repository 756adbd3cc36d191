"""What a verification says: what was checked, and what does not fit."""

from collections import Counter
from dataclasses import dataclass, field

from tongban.engine.ledger.note import Head

KEPT = 50
"""So many misfits are named; the rest are counted."""

WORDS = {
    "altered": "内容被改动",
    "broken_link": "与前一事件的链接断开",
    "missing": "事件缺失",
    "extra": "多出未经系统写入的事件",
    "reordered": "事件次序被调换",
    "personal_altered": "个人信息与存证摘要不符",
    "personal_missing": "个人信息缺失而没有清除记录",
    "personal_extra": "个人信息没有对应的事件字段",
    "erasure_unrecorded": "个人信息已清除而链上没有清除事件",
    "case_missing": "办件记录被删除",
    "case_head": "办件记录与链尾不符",
    "state": "办件状态与事件重放结果不符",
    "record_altered": "存证的记录被改动",
    "record_missing": "存证的记录被删除",
    "record_extra": "记录没有存证",
    "leaf": "存证叶与次序不符",
    "node": "存证树节点不符",
    "checkpoint": "检查点与存证树不符",
    "signature": "检查点签名无效",
    "key": "签名密钥被更换",
    "hash_name": "摘要算法被更换",
    "copy": "与另存的检查点不符",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that does not fit. `case` is the number of the case, "" where it concerns the tree as a whole."""

    kind: str
    case: str = ""
    seq: int = 0
    expected: str = ""
    found: str = ""
    detail: str = ""

    def __str__(self) -> str:
        where = (
            f"办件 {self.case} 第 {self.seq} 号事件："
            if self.seq
            else f"办件 {self.case}："
            if self.case
            else ""
        )
        compared = (
            f"（应为 {self.expected or '无'}，实为 {self.found or '无'}）"
            if self.expected or self.found
            else ""
        )
        return f"{where}{WORDS[self.kind]}{f'，{self.detail}' if self.detail else ''}{compared}"


@dataclass(slots=True)
class Report:
    """What was checked and what did not fit. `first` is the first in order of cases and their events, then the tree."""

    counts: Counter[str] = field(default_factory=Counter)
    misfits: list[Misfit] = field(default_factory=list)
    wrong: int = 0
    head: Head | None = None

    @property
    def ok(self) -> bool:
        return not self.wrong

    @property
    def first(self) -> Misfit | None:
        return self.misfits[0] if self.misfits else None

    def add(self, misfit: Misfit) -> None:
        self.wrong += 1
        if len(self.misfits) < KEPT:
            self.misfits.append(misfit)
