"""What a host answers is typed where it enters; another shape is an error that names the place."""

from __future__ import annotations

import pytest

from kogge.hostrun.answers import AnswerError, database_facts, system_facts

DATABASE = {
    "roles": {},
    "settings": [],
    "members": [],
    "databases": {},
    "sessions": {},
    "rules": [],
    "configuration": [],
    "inside": {},
    "unread": {},
    "shared": [],
    "fences": {},
}


def test_an_answer_of_another_shape_is_refused_and_says_where() -> None:
    grants = [["PUBLIC", "CONNECT"]]
    row = {"owner": "x", "connections": 1, "allows": True, "template": False, "size": 0, "grants": grants}
    with pytest.raises(AnswerError, match=r"databases\.x\.grants\.0"):
        database_facts({**DATABASE, "databases": {"x": row}})
    with pytest.raises(AnswerError, match="all of it"):
        system_facts(None)
    with pytest.raises(AnswerError, match="container"):
        system_facts({})


def test_what_a_newer_module_adds_is_left_out() -> None:
    assert database_facts({**DATABASE, "more": 1}) == database_facts(DATABASE)
