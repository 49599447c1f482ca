"""What a model refuses, said in the words of the file instead of pydantic's.

One problem per mistake, placed at the key or value that is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from kogge.estate.files.document import Document, Path, compose, locate
from kogge.estate.files.source import MAX_PROBLEMS
from kogge.estate.models.values import EXPECTED
from kogge.estate.problem import Problem, ProblemSeverity
from kogge.json_value import Json, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

M = TypeVar("M", bound=BaseModel)

_SHORT: Final = 3
"""In shorter words one letter is too much of a difference to guess."""

_KINDS: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-03-31",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "ip_v4_address": "an IPv4 address such as 10.200.0.12",
    "ip_v4_network": "an IPv4 network such as 10.53.90.0/24",
}


def read_model(document: Document, model: type[M]) -> tuple[M | None, tuple[Problem, ...]]:
    """Type a document; either a model or at least one error comes back."""
    if document.data is None and document.problems:
        return None, ()
    try:
        return model.model_validate_json(to_json(document.data), strict=True), ()
    except ValidationError as error:
        return None, tuple(_problems(document, model, error))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that a model refuses, in the words of the file."""

    path: Path
    rule: str
    message: str
    hint: str
    """The next step; empty where none can be named."""
    missing: bool
    """The path names what is not there."""
    at_key: bool
    """The key is wrong, not its value."""


def refusals(model: type[BaseModel], data: Json, error: ValidationError) -> Iterator[Refusal]:
    """Yield what is wrong with the data, each mistake once."""
    details = error.errors(include_url=False)[:MAX_PROBLEMS]
    for detail in details:
        if detail["type"] == "too_short" and any(_is_below(other["loc"], detail["loc"]) for other in details):
            continue  # the list is short only because an entry of it was refused
        path = path_of(data, detail["loc"])
        if detail["type"] == "union_tag_invalid":
            path = (*path, "kind")
        at_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
        yield Refusal(path, *_words(model, data, path, detail), detail["type"] == "missing", at_key)


def _problems(document: Document, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    node = compose(document.source)
    if node is None:
        return
    taken = {(problem.line, problem.column) for problem in document.problems}
    for refusal in refusals(model, document.data, error):
        place = refusal.path[:-1] if refusal.missing else refusal.path
        position = locate(node, place, key=refusal.at_key)
        if (position.line, position.column) not in taken:
            hint = refusal.hint or f"see docs/reference/{model.__name__.lower()}-file.md"
            where = (document.source.file, position.line, position.column)
            yield Problem(*where, refusal.rule, refusal.message, hint, ProblemSeverity.ERROR)


def _is_below(loc: tuple[str | int, ...], parent: tuple[str | int, ...]) -> bool:
    return len(loc) > len(parent) and loc[: len(parent)] == parent


def path_of(data: Json, loc: tuple[str | int, ...]) -> Path:
    """Drop from pydantic's location what stands for a branch of a union and not for a part of the file."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(data, dict) and isinstance(part, str) and (part in data or last):
            path.append(part)
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data = data[part]
    return tuple(path)


def _words(model: type[BaseModel], data: Json, path: Path, detail: ErrorDetails) -> tuple[str, str, str]:
    """Return rule, message and hint."""
    kind, where = detail["type"], _dotted(path)
    context = detail.get("ctx", {})
    if kind == "missing":
        return "missing-field", f"{where} is missing", ""
    if kind == "extra_forbidden":
        known = _siblings(model, data, path)
        return "unknown-field", f"there is no field {path[-1]!r} here", suggestion(str(path[-1]), known)
    if kind in ("enum", "literal_error", "union_tag_invalid"):
        expected = _expected(context)
        message = f"{where} is {_show(_input(detail))}; expected {_either(expected)}"
        return "unknown-word", message, suggestion(str(_input(detail)), expected)
    if kind == "union_tag_not_found":
        return "missing-field", f"{where}.kind is missing", "say which kind of body it is"
    if kind == "string_type" and isinstance(detail["input"], bool | int | float):
        message = f"{where} needs quotes: without them YAML reads a {_kind_of(detail['input'])}"
        return "unquoted-key", message, f'write the text in quotes, for instance "{detail["input"]}"'
    if kind in _KINDS:
        return "wrong-type", f"{where} is {_show(_input(detail))}; expected {_KINDS[kind]}", _type_hint(detail)
    return "bad-value", f"{where} is {_show(_input(detail))}: {_reason(detail)}", _value_hint(kind)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, else list them."""
    known = sorted(known)
    cutoff = 0.6 if len(word) > _SHORT else 0.75
    near = get_close_matches(word, known, n=1, cutoff=cutoff) or get_close_matches(
        word.lower(), known, n=1, cutoff=cutoff
    )
    if near:
        return f"did you mean {near[0]!r}?"
    if not known:
        return "delete it"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"known: {shown}"


def _expected(context: dict[str, object]) -> list[str]:
    """Return the words that pydantic lists: ``'a', 'b' or 'c'``, or the members' representations."""
    return re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags", ""))))


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _input(detail: ErrorDetails) -> object:
    """Return what was wrong; for the wrong kind of a union, pydantic gives the whole mapping."""
    value: object = detail["input"]
    return value.get("kind") if detail["type"] == "union_tag_invalid" and isinstance(value, dict) else value


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}…'"


def _kind_of(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "number"


def _reason(detail: ErrorDetails) -> str:
    """Say what was expected instead."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return f"expected {EXPECTED.get(context['pattern'], context['pattern'])}"
        case "string_too_long":
            return f"it has {len(detail['input'])} characters, at most {context['max_length']} fit"
        case "string_too_short":
            return f"expected at least {context['min_length']} characters"
        case "too_short":
            return "expected at least one entry"
        case "too_long":
            return f"it has {context['actual_length']} entries, at most {context['max_length']} fit"
        case "greater_than_equal":
            return f"expected at least {context['ge']}"
        case "less_than_equal":
            return f"expected at most {context['le']}"
        case "date_parsing" | "date_from_datetime_parsing":
            return "this is no date"
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _type_hint(detail: ErrorDetails) -> str:
    value = detail["input"]
    if isinstance(value, str) and value.lower() in ("yes", "no", "on", "off", "y", "n"):
        return "write true or false"
    if isinstance(value, str) and detail["type"] == "int_type" and value.isdigit():
        return "write the number without quotes"
    if detail["type"] in ("list_type", "tuple_type"):
        return "write the value in brackets: [value]"
    return ""


def _value_hint(kind: str) -> str:
    if kind.startswith("date"):
        return "write a date that exists as year-month-day, for instance 2026-03-31"
    return ""


def _dotted(path: Path) -> str:
    """Return ``services[2].version``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _siblings(model: type[BaseModel], data: Json, path: Path) -> list[str]:
    """Return the names that could stand where the unknown field stands."""
    models = [model]
    for part in path[:-1]:
        annotations = [
            field.annotation for m in models for name, field in m.model_fields.items() if (field.alias or name) == part
        ]
        models = [m for annotation in annotations for m in _models_in(annotation)] or models
        data = at(data, part)
    kind = at(data, "kind")
    chosen = [m for m in models if kind in get_args(_annotation(m, "kind"))] or models
    return [field.alias or name for m in chosen for name, field in m.model_fields.items()]


def _annotation(model: type[BaseModel], field: str) -> object:
    return model.model_fields[field].annotation if field in model.model_fields else None


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """Return the models that an annotation mentions, through unions, tuples and dicts."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
