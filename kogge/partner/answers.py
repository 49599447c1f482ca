"""What only a person knows of a new tenant, as it was given: what is missing of it, and what a list of bodies adds.

Texts are not judged here: what a field takes is said by the model of the tenant file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Self

from kogge.estate.models.tenant import Stage
from kogge.partner.register import Entry


class Question(StrEnum):
    """What a tenant cannot do without and nothing can be derived for; the word is the option that answers it."""

    KIND = "kind"
    OFFICIAL_NAME = "official-name"
    KEY = "key"
    """Several in one text, with spaces or commas between them."""
    CONTACT = "contact"
    DATA_PROTECTION = "data-protection"
    CONTRACT = "contract"
    """Of members."""
    SIGNED = "signed"
    """Of members."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that was said; what is empty was not."""

    name: str
    said: Mapping[Question, str] = field(default_factory=dict)
    stage: Stage = Stage.PILOT
    since: date | None = None
    pilot_ends: date | None = None
    size: str = ""
    services: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    vpn_key: str = ""
    vpn_networks: tuple[str, ...] = ()
    vpn_endpoint: str = ""

    def to(self, question: Question) -> str:
        """Return the answer to a question, or an empty text."""
        return self.said.get(question, "")

    @property
    def keys(self) -> tuple[str, ...]:
        """AGS, ARS or district key; for a joint body the keys of its carriers."""
        return tuple(self.to(Question.KEY).replace(",", " ").split())

    @property
    def missing(self) -> tuple[Question, ...]:
        """What still has to be said, in the order in which it is asked."""
        of_members = (Question.CONTRACT, Question.SIGNED)
        needed = [question for question in Question if self.stage is Stage.MEMBER or question not in of_members]
        return tuple(question for question in needed if not self.to(question))

    def with_said(self, said: Mapping[Question, str]) -> Self:
        """Return the answers with more of them; what was said before stays."""
        return replace(self, said={**said, **{question: text for question, text in self.said.items() if text}})

    def filled_from(self, entry: Entry | None) -> Self:
        """Return the answers with what a list of bodies says."""
        if entry is None:
            return self
        return self.with_said(
            {Question.KIND: entry.kind, Question.OFFICIAL_NAME: entry.official_name, Question.KEY: entry.key}
        )
