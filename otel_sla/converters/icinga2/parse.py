"""The TimePeriod objects and templates of a file, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import NotConvertible
from .lexer import Token, tokens

_BRACKETS = {"{": "}", "[": "]", "(": ")"}
_LITERALS = {"true": True, "false": False, "null": None}
_DEEPEST = 1000  # brackets within brackets
_MOST = 30_000  # periods and templates, their statements, and entries of these
_SHOWN = 60  # characters of an expression that a sentence quotes


@dataclass(frozen=True, slots=True)
class Expression:
    """What only a running Icinga 2 can say: its beginning, as it stands there."""

    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a dictionary or an array, whose `key` is then empty."""

    key: str
    value: Value
    line: int


Value = str | bool | None | Expression | dict[str, Entry] | list[Entry]


@dataclass(frozen=True, slots=True)
class Statement:
    """`target` is the path of an attribute, or ("import",)."""

    target: tuple[str, ...]
    operator: str
    value: Value
    line: int


@dataclass(slots=True)
class Item:
    """An object or a template, in the order of its statements."""

    kind: str
    name: str
    line: int
    default: bool = False
    statements: list[Statement] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Parser:
    """Read a file once. `items` and `lost` hold what it has."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._token = next(self._tokens)
        self.items: list[Item] = []
        self.lost: list[str] = []
        self._left = _MOST
        self._file()

    def _next(self) -> Token:
        token, self._token = self._token, next(self._tokens)
        return token

    def _is(self, *signs: str) -> bool:
        return self._token.kind == "sign" and self._token.text in signs

    def _file(self) -> None:
        opened: list[Token] = []
        while self._token.kind:
            token = self._next()
            if token.kind == "word":
                self._top_level(token, nested=bool(opened))
            elif token.kind == "sign":
                self._bracket(token, opened)
        if opened:
            self._not_closed(opened[-1])

    def _top_level(self, token: Token, *, nested: bool) -> None:
        if token.text in {"object", "template", "apply"}:
            if self._token.kind == "word" and self._token.text.lower() == "timeperiod":
                if nested or token.text == "apply":
                    self.lost.append(
                        f"Line {token.line}: {token.text} TimePeriod within other "
                        "statements, or by apply, depends on what Icinga 2 evaluates."
                    )
                else:
                    self._item(token)
        elif token.text.startswith("include") and not nested:
            shown = self._skip(token.text)
            self.lost.append(
                f"Line {token.line}: {shown} is not followed. Convert that file, too."
            )

    def _bracket(self, token: Token, opened: list[Token]) -> None:
        if token.text in _BRACKETS:
            if len(opened) == _DEEPEST:
                reason = f"brackets are more than {_DEEPEST} deep. Use fewer."
                raise NotConvertible("broken_file", line=token.line, reason=reason)
            opened.append(token)
        elif token.text in _BRACKETS.values():
            if not opened or _BRACKETS[opened[-1].text] != token.text:
                reason = f"{token.text} closes nothing that is open. Remove it."
                raise NotConvertible("broken_file", line=token.line, reason=reason)
            opened.pop()

    def _count(self, line: int) -> None:
        self._left -= 1
        if self._left < 0:
            reason = (
                f"the time periods have more than {_MOST:,} statements and entries. "
                "Convert the file in parts."
            )
            raise NotConvertible("broken_file", line=line, reason=reason)

    def _not_closed(self, token: Token) -> None:
        reason = f"{token.text} is not closed. Add {_BRACKETS[token.text]}."
        raise NotConvertible("broken_file", line=token.line, reason=reason)

    def _item(self, keyword: Token) -> None:
        self._count(keyword.line)
        self._next()
        item = Item(keyword.text, "", keyword.line)
        named = self._token.kind == "text"
        if named:
            item.name = self._next().text
        while self._token.kind == "word" and self._token.text in {
            "default",
            "ignore_on_error",
        }:
            item.default |= self._next().text == "default"
        self._skip_lines()
        if not named or not self._is("{"):
            shown = self._skip(f"{keyword.text} TimePeriod {item.name}".rstrip())
            self.lost.append(
                f"Line {keyword.line}: {shown} has a name or a condition that is an "
                "expression."
            )
            return
        opening = self._next()
        while not self._is("}"):
            if not self._token.kind:
                self._not_closed(opening)
            if self._token.kind == "end" or self._is(","):
                self._next()
            else:
                self._statement(item)
        self._next()
        self.items.append(item)

    def _statement(self, item: Item) -> None:
        first = self._next()
        self._count(first.line)
        target = [first.text]
        opened: list[Token] = []
        while first.kind == "word" and not opened and self._is(".", "["):
            sign = self._next()
            opened = [sign] if sign.text == "[" else []
            if self._token.kind == ("text" if opened else "word"):
                target.append(self._next().text)
                if opened and self._is("]"):
                    self._next()
                    opened = []
        operator = "="
        if (
            first.kind == "word"
            and not opened
            and self._is("=", "+=", "-=", "*=", "/=")
        ):
            operator = self._next().text
        elif target != ["import"]:
            shown = self._skip(".".join(target) + "[" * len(opened), opened)
            item.lost.append(
                f"Line {first.line}: the statement {shown} is not an attribute with a "
                "value."
            )
            return
        statement = Statement(tuple(target), operator, self._value(), first.line)
        item.statements.append(statement)

    def _skip_lines(self) -> None:
        while self._token.text == "\n":
            self._next()

    def _value(self, *, nested: bool = False) -> Value:
        self._skip_lines()
        token = self._token
        value: Value = Expression(token.text)
        if token.kind == "text":
            value = self._next().text
        elif token.kind == "word" and token.text in _LITERALS:
            value = _LITERALS[self._next().text]
        elif self._is("[") and not nested:
            value = self._array()
        elif self._is("{") and not nested:
            self._next()
            if self._is("{"):
                return Expression(self._skip("{", [token]))
            value = self._dictionary(token)
        if self._at_end() and not isinstance(value, Expression):
            return value
        begun = token.text
        if isinstance(value, Expression):
            begun = ""
        elif token.kind == "text":
            begun = f'"{value}"'
        elif begun in _BRACKETS:
            begun = f"{begun} ... {_BRACKETS[begun]}"
        return Expression(self._skip(begun))

    def _at_end(self) -> bool:
        return self._token.kind in {"end", ""} or self._is(",", "}", "]")

    def _array(self) -> list[Entry]:
        opening, entries = self._next(), list[Entry]()
        while not self._is("]"):
            if not self._token.kind or self._is("}"):
                self._not_closed(opening)
            line = self._token.line
            if self._token.kind == "end" or self._is(","):
                self._next()
            else:
                self._count(line)
                entries.append(Entry("", self._value(nested=True), line))
        self._next()
        return entries

    def _dictionary(self, opening: Token) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not self._is("}"):
            if not self._token.kind or self._is("]"):
                self._not_closed(opening)
            if self._token.kind == "end" or self._is(","):
                self._next()
                continue
            key = self._next()
            self._count(key.line)
            value: Value
            if key.kind in {"text", "word"} and self._is("="):
                self._next()
                value = self._value(nested=True)
            else:
                value = Expression(self._skip(key.text))
            entries[key.text] = Entry(key.text, value, key.line)
        self._next()
        return entries

    def _skip(self, begun: str, opened: list[Token] | None = None) -> str:
        """Skip to the end of the statement; return its beginning after `begun`.

        `opened` are brackets that `begun` has and does not close.
        """
        parts, length = ([begun], len(begun)) if begun else ([], 0)
        opened = opened or []
        while self._token.kind and (opened or not self._at_end()):
            token = self._next()
            if token.kind == "sign":
                self._bracket(token, opened)
            if length < _SHOWN and token.kind != "end":
                parts.append(f'"{token.text}"' if token.kind == "text" else token.text)
                length += len(token.text) + 1
        if opened:
            self._not_closed(opened[-1])
        shown = " ".join(" ".join(parts).split())
        return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
