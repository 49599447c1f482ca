"""What was said stays, what was not is asked for or looked up."""

from __future__ import annotations

from kogge.estate.models.body import BodyKind
from kogge.estate.models.tenant import Stage
from kogge.partner.answers import Answers, Question
from kogge.partner.register import Entry

RATZEBURG = Entry("01053100", "Ratzeburg, Stadt", BodyKind.MUNICIPALITY)


def test_a_pilot_needs_no_contract_and_a_member_does() -> None:
    assert Answers("x").missing == tuple(Question)[:5]
    assert Answers("x", stage=Stage.MEMBER).missing == tuple(Question)


def test_a_list_fills_in_what_was_not_said() -> None:
    answers = Answers("x", {Question.OFFICIAL_NAME: "Ratzeburg", Question.KEY: ""}).filled_from(RATZEBURG)
    assert answers.missing == (Question.CONTACT, Question.DATA_PROTECTION)
    assert answers.to(Question.OFFICIAL_NAME) == "Ratzeburg"
    assert answers.keys == ("01053100",)


def test_a_list_without_the_body_changes_nothing() -> None:
    assert Answers("x").filled_from(None) == Answers("x")


def test_several_keys_are_one_answer() -> None:
    assert Answers("x", {Question.KEY: "01056, 01053100 01060"}).keys == ("01056", "01053100", "01060")
