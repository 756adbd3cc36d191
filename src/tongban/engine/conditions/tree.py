"""The text of a condition as a tree: the CEL grammar, less what no condition needs, with mistakes told in Chinese.

Knows nothing of facts or types (see checker.py); the size limits live here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_LENGTH = 2000  # characters of one condition
MAX_DEPTH = 30  # nesting of one condition
MAX_TOKENS = 300  # words and signs of one condition


class ConditionError(Exception):
    """A condition that cannot be used. `code` is stable, `message` is for the person, `at` counts characters from 0."""

    def __init__(self, code: str, message: str, at: int = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Node:
    op: str  # literal, name, select, index, call, method, list, or an operator
    start: int
    end: int
    args: tuple["Node", ...] = ()
    value: Any = None  # of a literal; name of a field or function otherwise


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
    |(?P<number>0x[0-9a-fA-F]+|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+)(?P<unsigned>[uU])?
    |(?P<string>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "`": "`", "?": "?"}
_FULL_WIDTH = "“”‘’\uff08\uff09\uff0c\uff1a\uff1e\uff1d\uff1c\uff06\uff5c\uff01、。&|="
_BINARY = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The tree of a condition; raises ConditionError saying which character is wrong."""
    if not text.strip():
        raise ConditionError("condition_empty", "条件是空的。")
    if len(text) > MAX_LENGTH:
        raise ConditionError("condition_too_long", f"条件不能超过 {MAX_LENGTH} 个字符。")
    return Parser(text).whole()


class Parser:
    """Recursive descent over the CEL grammar, less what no condition needs (bytes, unsigned, maps, messages)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        if len(self.tokens) > MAX_TOKENS:
            raise ConditionError("condition_too_long", f"条件太长：最多 {MAX_TOKENS} 个词和符号。")
        self.next = 0
        self.depth = 0

    def whole(self) -> Node:
        tree = self._expression()
        kind, word, at, _ = self.tokens[self.next]
        if kind != "end":
            raise ConditionError(
                "condition_syntax", f"第 {at + 1} 个字符处的“{word}”多余，或它前面缺少运算符。", at
            )
        return tree

    def _tokens(self) -> Iterator[tuple[str, str, int, int]]:
        at = 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self._stranger(at)
            if match["unsigned"]:
                raise ConditionError("condition_unsupported", f"“{match[0]}”：不支持无符号数，去掉 u。", at)
            kind = next(k for k in ("space", "number", "string", "name", "mark") if match[k] is not None)
            if kind == "string" and self.text[at - 1 : at].isalpha() and self.text[at - 1] in "rRbB":
                raise ConditionError("condition_unsupported", "不支持字节串和原始字符串。", at)
            if kind != "space":
                yield kind, match[0], at, match.end()
            at = match.end()
        yield "end", "", at, at

    def _stranger(self, at: int) -> ConditionError:
        sign = self.text[at]
        if sign in "\"'":
            return ConditionError("condition_syntax", f"第 {at + 1} 个字符处的引号没有配对。", at)
        if sign in _FULL_WIDTH:
            return ConditionError(
                "condition_syntax", f"第 {at + 1} 个字符“{sign}”不能单独使用（请用英文符号，相等写 ==）。", at
            )
        if sign.isalnum():
            return ConditionError(
                "condition_syntax",
                f'第 {at + 1} 个字符“{sign}”：中文名称请写成 form["名称"]，文字请加引号。',
                at,
            )
        return ConditionError("condition_syntax", f"第 {at + 1} 个字符“{sign}”不能出现在条件里。", at)

    def _peek(self, *words: str) -> bool:
        kind, word, _, _ = self.tokens[self.next]
        return kind in ("mark", "name") and word in words

    def _take(self) -> tuple[str, str, int, int]:
        token = self.tokens[self.next]
        if token[0] == "end":
            raise ConditionError("condition_syntax", "条件没有写完。", token[2])
        self.next += 1
        return token

    def _expect(self, word: str) -> tuple[str, str, int, int]:
        _, found, at, _ = self.tokens[self.next]
        if not self._peek(word):
            raise ConditionError(
                "condition_syntax", f"第 {at + 1} 个字符处应当是“{word}”，现在是“{found or '结尾'}”。", at
            )
        return self._take()

    def _expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConditionError(
                "condition_too_deep", f"条件嵌套不能超过 {MAX_DEPTH} 层。", self.tokens[self.next][2]
            )
        first = self._level(0)
        if self._peek("?"):
            self._take()
            yes = self._level(0)
            self._expect(":")
            no = self._expression()
            first = Node("?:", first.start, no.end, (first, yes, no))
        self.depth -= 1
        return first

    def _level(self, level: int) -> Node:
        if level == len(_BINARY):
            return self._unary()
        left = self._level(level + 1)
        while self._peek(*_BINARY[level]):
            word = self._take()[1]
            right = self._level(level + 1)
            left = Node(word, left.start, right.end, (left, right))
        return left

    def _unary(self) -> Node:
        if self._peek("!", "-"):
            _, word, at, _ = self._take()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ConditionError("condition_too_deep", f"条件嵌套不能超过 {MAX_DEPTH} 层。", at)
            inner = self._unary()
            self.depth -= 1
            return Node("not" if word == "!" else "neg", at, inner.end, (inner,))
        return self._member()

    def _member(self) -> Node:
        node = self._primary()
        while self._peek(".", "["):
            if self._take()[1] == "[":
                key = self._expression()
                node = Node("index", node.start, self._expect("]")[3], (node, key))
                continue
            kind, word, at, end = self._take()
            if kind != "name" or word in RESERVED:
                raise ConditionError(
                    "condition_syntax", f'第 {at + 1} 个字符“{word}”不能作为名称，可写成 ["{word}"]。', at
                )
            if self._peek("("):
                args, end = self._arguments()
                node = Node("method", node.start, end, (node, *args), word)
            else:
                node = Node("select", node.start, end, (node,), word)
        return node

    def _arguments(self) -> tuple[tuple[Node, ...], int]:
        self._expect("(")
        args: list[Node] = []
        while not self._peek(")"):
            args.append(self._expression())
            if not self._peek(")"):
                self._expect(",")
        return tuple(args), self._take()[3]

    def _primary(self) -> Node:  # noqa: C901 -- one case for each way an expression may begin
        kind, word, at, end = self._take()
        if kind == "number":
            real = any(c in word for c in ".eE") and not word.startswith("0x")
            number: float | int = float(word) if real else int(word, 0 if word.startswith("0x") else 10)
            if abs(number) > 2**53:
                raise ConditionError("condition_unsupported", f"数值“{word}”太大。", at)
            return Node("literal", at, end, (), number)
        if kind == "string":
            return Node("literal", at, end, (), self._unquote(word, at))
        if word == "(":
            inner = self._expression()
            return Node("paren", at, self._expect(")")[3], (inner,))
        if word == "[":
            items: list[Node] = []
            while not self._peek("]"):
                items.append(self._expression())
                if not self._peek("]"):
                    self._expect(",")
            return Node("list", at, self._take()[3], tuple(items))
        if word in ("true", "false", "null"):
            return Node("literal", at, end, (), {"true": True, "false": False, "null": None}[word])
        if kind == "name" and word not in RESERVED:
            if self._peek("("):
                args, end = self._arguments()
                return Node("call", at, end, args, word)
            return Node("name", at, end, (), word)
        if word == "{":
            raise ConditionError("condition_unsupported", "不支持在条件里写映射（{…}）。", at)
        raise ConditionError("condition_syntax", f"第 {at + 1} 个字符处的“{word}”不应出现在这里。", at)

    def _unquote(self, word: str, at: int) -> str:
        def one(match: re.Match[str]) -> str:
            sign = match[1]
            if sign not in _ESCAPES:
                raise ConditionError("condition_unsupported", f"不支持转义“\\{sign}”。", at + match.start())
            return _ESCAPES[sign]

        return re.sub(r"\\(.)", one, word[1:-1])
