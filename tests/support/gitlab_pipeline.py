"""Reads a GitLab pipeline as far as ours goes: which jobs a pipeline has, told by their rules, and what each runs.

Source: https://docs.gitlab.com/ci/jobs/job_rules/ (the first rule that matches decides; no rule matches: no job).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_GLOBAL = {"stages", "workflow", "default", "variables", "include"}
_TERM = re.compile(r"^\$(\w+)(?:\s*(==|!=)\s*(?:\"([^\"]*)\"|\$(\w+)))?$")


@dataclass(frozen=True)
class Job:
    """One job of a pipeline."""

    name: str
    words: Mapping[str, Any]

    @property
    def tags(self) -> set[str]:
        return set(self.words["tags"])

    @property
    def script(self) -> list[str]:
        return list(self.words["script"])

    def is_in(self, variables: Mapping[str, str]) -> bool:
        """Tell whether a pipeline with these variables has the job."""
        return _first_rule(self.words["rules"], variables)


@dataclass(frozen=True)
class Pipeline:
    """A whole file."""

    words: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Pipeline:
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    @property
    def jobs(self) -> dict[str, Job]:
        names = [name for name in self.words if name not in _GLOBAL and not name.startswith(".")]
        return {name: Job(name, self.words[name]) for name in names}

    def of(self, variables: Mapping[str, str]) -> dict[str, Job]:
        """Return the jobs of a pipeline with these variables."""
        if not _first_rule(self.words["workflow"]["rules"], variables):
            return {}
        return {name: job for name, job in self.jobs.items() if job.is_in(variables)}


def _first_rule(rules: list[Mapping[str, str]], variables: Mapping[str, str]) -> bool:
    for rule in rules:
        assert set(rule) <= {"if", "when", "allow_failure"}, f"not understood here: {rule}"
        if all(_holds(term.strip(), variables) for term in rule["if"].split("&&")):
            return rule.get("when") != "never"
    return False


def _holds(term: str, variables: Mapping[str, str]) -> bool:
    found = _TERM.match(term)
    assert found is not None, f"not understood here: {term}"
    name, operator, text, other = found.groups()
    value = variables.get(name)
    if operator is None:
        return bool(value)
    wanted = text if text is not None else variables.get(other)
    return (value == wanted) is (operator == "==")
