"""YAML text to plain data, with the place of everything in it.

The parser is libyaml (PyYAML's ``CParser``); the meaning of a scalar is YAML 1.2's core schema
(https://yaml.org/spec/1.2.2/#103-core-schema) and decided here, so ``no`` and ``on`` are texts and
dates stay texts until a model reads them. Anchors, aliases, tags and repeated keys are refused:
a tenant file says every value where it stands.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

import yaml
from yaml._yaml import CParser

from kogge.estate.files.source import MAX_PROBLEMS, Source, position_at
from kogge.estate.problem import Problem, ProblemSeverity
from kogge.json_value import Json

_Mark: TypeAlias = "yaml.Mark | yaml._yaml.Mark | None"

Path = tuple[str | int, ...]
"""Keys and list indices from the root of a document."""

MAX_DEPTH: Final = 40
"""Deepest nesting that is read; tenant files need five levels. The C parser recurses, so this guards its stack."""

_MANY_BRACKETS: Final = 20
_DEEP_INDENT: Final = re.compile(r"^[ ?:-]{40}", re.MULTILINE)
"""Without either, a text nests at most 60 deep: each level of a block needs a column more."""

_BLOCK_STYLES: Final = ("|", ">")

_TAB: Final = re.compile(r"^ *\t", re.MULTILINE)
_INT: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL_LOOKING: Final = re.compile(r"[-+]?0[0-9_]+")
_HEX_OR_OCTAL: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER: Final = 18
_NOT_TEXT_START: Final = frozenset("0123456789+-.~nNtTfF")
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """What one YAML file says; ``data`` is None when its text could not be parsed."""

    source: Source
    data: Json
    problems: tuple[Problem, ...]


class _Composer(CParser):
    """libyaml's composer with every tag left open: :class:`_Reading` decides.

    The three hooks are called for every node of every file, so each is a builtin that does nothing:
    half a second over ten thousand files.
    """

    resolve = staticmethod("".format)
    descend_resolver = staticmethod(operator.is_)
    ascend_resolver = staticmethod(tuple)


class _Reading:
    """Collects problems while one tree of nodes becomes data; it lives as long as one call of :func:`parse`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def report(self, mark: _Mark, rule: str, message: str, hint: str) -> None:
        """Note an error at a place; without one, at the beginning of the file."""
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        self.problems.append(Problem(self.source.file, line, column, rule, message, hint, ProblemSeverity.ERROR))

    def value(self, node: yaml.Node) -> Json:
        """Return the data of a node; a scalar is by far the most frequent."""
        if type(node) is yaml.ScalarNode:
            text: str = node.value
            if node.style == '"' or ("\n" in text and node.style not in _BLOCK_STYLES):
                self._unseen(node, text)
            if node.style or (text[:1] not in _NOT_TEXT_START and text):
                return text
            return self._plain(node, text)
        if type(node) is yaml.MappingNode:
            return self._mapping(node)
        return [self.value(item) for item in node.value]

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Json]:
        data: dict[str, Json] = {}
        for key_node, value_node in node.value:
            if type(key_node) is not yaml.ScalarNode:
                self.report(
                    key_node.start_mark, "yaml-key", "a key must be a single word", "write the key as a plain text"
                )
                continue
            key: str = key_node.value
            if key in data:
                self.report(
                    key_node.start_mark,
                    "duplicate-key",
                    f"the key {key!r} stands here a second time",
                    "keep one of the two: readers differ in which one they believe",
                )
                self.value(value_node)
                continue
            data[key] = self.value(value_node)
        return data

    def _unseen(self, node: yaml.ScalarNode, text: str) -> None:
        """Refuse what an escape such as ``\\u202e``, or an empty line within a text, smuggles past the reader."""
        if not text.isprintable():
            message = "the text holds an invisible character or a line break"
            self.report(node.start_mark, "invisible-character", message, "write what a reader sees")
        elif not text.isascii() and not unicodedata.is_normalized("NFC", text):
            message = "the text holds a letter and a separate accent by escape"
            self.report(node.start_mark, "decomposed-character", message, "type the letter itself")

    def _plain(self, node: yaml.ScalarNode, text: str) -> Json:
        """Resolve an unquoted scalar by the core schema."""
        if text in _CONSTANTS:
            if _CONSTANTS[text] is None:
                self.report(node.start_mark, "empty-value", "the key has no value", "write one, or delete the key")
            return _CONSTANTS[text]
        if _INT.fullmatch(text):
            return self._integer(node, text)
        if _HEX_OR_OCTAL.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
            return int(text, 0)
        if _FLOAT.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
            return float(text)
        if _NOT_FINITE.fullmatch(text):
            self.report(
                node.start_mark, "number", f"{text} is no amount of anything", "write a finite number, or quote a text"
            )
        return text

    def _integer(self, node: yaml.ScalarNode, text: str) -> Json:
        if _OCTAL_LOOKING.fullmatch(text):
            self.report(
                node.start_mark,
                "unquoted-key",
                f"{text} without quotes is the number {text.lstrip('+-0') or '0'} here and octal elsewhere",
                f'write "{text}" if it is a key, or the number without leading zeros',
            )
            return text
        if len(text) > _LONGEST_NUMBER:
            self.report(node.start_mark, "number", f"the number has {len(text)} digits", "quote it if it is a text")
            return text
        return int(text)

    def event(self, event: yaml.Event) -> None:
        """Report an alias, an anchor or a tag."""
        if isinstance(event, yaml.AliasEvent):
            message = f"*{event.anchor} repeats a value"
            self.report(event.start_mark, "yaml-alias", message, "write the value out here")
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor:
                message = f"&{event.anchor} names a value"
                self.report(event.start_mark, "yaml-anchor", message, "delete the anchor")
            if event.tag:
                self._tag(event.start_mark)

    def _tag(self, mark: _Mark) -> None:
        self.report(
            mark,
            "yaml-tag",
            "YAML tags (!…) are not used here",
            "delete the tag, quote the value if it is a text",
        )


def parse(source: Source) -> Document:
    """Read a YAML text; what cannot be read is among the problems, all that can be found at once."""
    problems = list(_tabs(source)) or _structure(source)
    if problems:
        return Document(source, None, tuple(problems[:MAX_PROBLEMS]))
    try:
        node = compose(source)
    except yaml.YAMLError as error:
        return Document(source, None, (_syntax(source, error),))
    if node is None:
        empty = Problem(
            source.file,
            1,
            1,
            "empty-file",
            "the file says nothing",
            "write the file, or remove it",
            ProblemSeverity.ERROR,
        )
        return Document(source, None, (empty,))
    reading = _Reading(source)
    data = reading.value(node)
    return Document(source, data, tuple(reading.problems[:MAX_PROBLEMS]))


def compose(source: Source) -> yaml.Node | None:
    """Return the tree of nodes with their marks.

    :raises yaml.YAMLError: the text is no YAML
    """
    parser = _Composer(source.text)
    try:
        node: yaml.Node | None = parser.get_single_node()
    finally:
        parser.dispose()
    return node


def _tabs(source: Source) -> list[Problem]:
    if "\t" not in source.text:
        return []
    found = []
    for match in islice(_TAB.finditer(source.text), MAX_PROBLEMS):
        line, column = position_at(source.text, match.end() - 1)
        found.append(
            Problem(
                source.file,
                line,
                column,
                "tab",
                "the line is indented with a tab",
                "indent with spaces; YAML does not allow tabs there",
                ProblemSeverity.ERROR,
            )
        )
    return found


def _structure(source: Source) -> list[Problem]:
    """Find anchors, aliases and deep nesting event by event, where the text gives reason to look."""
    text = source.text
    suspicious = (
        "&" in text
        or "!" in text
        or "*" in text
        or text.count("[") + text.count("{") > _MANY_BRACKETS
        or _DEEP_INDENT.search(text) is not None
    )
    if not suspicious:
        return []
    reading = _Reading(source)
    parser = _Composer(text)
    depth = 0
    try:
        while depth <= MAX_DEPTH and len(reading.problems) < MAX_PROBLEMS:
            event = parser.get_event()
            if event is None:
                break
            reading.event(event)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                message = f"values are nested more than {MAX_DEPTH} deep"
                reading.report(event.start_mark, "too-deep", message, "this is no file of Kogge")
    except yaml.YAMLError as error:
        reading.problems.append(_syntax(source, error))
    finally:
        parser.dispose()
    return reading.problems


def _syntax(source: Source, error: yaml.YAMLError) -> Problem:
    """Turn libyaml's complaint into a problem at the place it means."""
    line, column, message = 1, 1, str(error).split("\n", 1)[0]
    if isinstance(error, yaml.MarkedYAMLError):
        unfinished_key = "could not find expected ':'" in str(error.problem)
        mark = (error.context_mark if unfinished_key else None) or error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        message = error.problem or error.context or message
    rule, hint = "yaml-syntax", "see the line above too: a missing colon, quote or bracket often stands there"
    if "another document" in message:
        rule, message, hint = (
            "one-document",
            "a second document starts here",
            "keep one document per file, without `---`",
        )
    elif "mapping values are not allowed" in message:
        message = "a colon stands where no key can be"
        hint = "indent the line like its neighbours, or quote a text that holds a colon"
    elif "could not find expected ':'" in message:
        message, hint = "a colon is missing after this key", "write key: value"
    elif "cannot start any token" in message:
        hint = "quote the text"
    return Problem(source.file, line, column, rule, message, hint, ProblemSeverity.ERROR)


def locate(node: yaml.Node, path: Path, *, key: bool = False) -> Position:
    """Return where ``path`` stands below ``node``: its value, or its key; else the deepest parent that exists."""
    mark = node.start_mark
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
            continue
        pair = next((p for p in node.value if p[0].value == part), None) if isinstance(node, yaml.MappingNode) else None
        if pair is None:
            continue
        mark, node = (pair[0].start_mark if key else pair[1].start_mark), pair[1]
    return Position(mark.line + 1, mark.column + 1)
