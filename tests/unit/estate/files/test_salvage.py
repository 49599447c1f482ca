"""One wrong value gives problems at that value alone; several give all of theirs at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kogge.estate import load_estate
from kogge.estate.files.document import compose, parse
from kogge.estate.files.source import Source
from kogge.json_value import Json
from tests.support.estate_files import AS_OF, BASE


def places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(place for key, item in inner for place in places(item, (*path, key)))]
        if path
        else [place for key, item in inner for place in places(item, (key,))]
    )


def put(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    if not path:
        return new
    if isinstance(value, dict):
        return {key: put(item, path[1:], new) if key == path[0] else item for key, item in value.items()}
    assert isinstance(value, list)
    return [put(item, path[1:], new) if index == path[0] else item for index, item in enumerate(value)]


def document_of(name: str) -> Json:
    return parse(Source(name, (BASE / "tenants" / f"{name}.yaml").read_text(encoding="utf-8"))).data


CASES = [
    (path.stem, place) for path in sorted((BASE / "tenants").glob("*.yaml")) for place in places(document_of(path.stem))
]


@pytest.mark.parametrize(("name", "place"), CASES, ids=[f"{n}-{'.'.join(map(str, p))}" for n, p in CASES])
def test_a_wrong_value_gives_problems_there_alone(root: Path, name: str, place: tuple[str | int, ...]) -> None:
    """A value of a wrong type anywhere: what is reported lies at it, and the rest of the file is not blamed."""
    wrong = put(document_of(name), place, {"§": 1} if not isinstance(place[-1], int) else 4711)
    text = json.dumps(wrong, indent=1, ensure_ascii=False)
    (root / "tenants" / f"{name}.yaml").write_text(text, encoding="utf-8")
    problems = [p for p in load_estate(root, as_of=AS_OF).problems if p.file == f"tenants/{name}.yaml"]
    assert problems
    node = compose(Source(name, text))
    assert node is not None
    for part in place:
        pairs = node.value if isinstance(part, str) else list(enumerate(node.value))
        key, node = next(p for p in pairs if (p[0] if isinstance(part, int) else p[0].value) == part)
        first = getattr(key, "start_mark", node.start_mark).line + 1
    last = node.end_mark.line + 1
    assert all(first <= problem.line <= last for problem in problems), [(p.line, p.rule, p.message) for p in problems]
