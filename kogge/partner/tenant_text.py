"""The text of a tenant file that no person has written yet: a :class:`Tenant` in canonical form, with remarks.

Here: which mapping stands on one line, what is quoted, what is remarked. Order and ends of lines are those of
``kogge tenant fmt``; what the fields say comes with the tenant.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from kogge.estate.models.tenant import Tenant
from kogge.estate.rules.rule import tenant_file
from kogge.partner.canonical import canonical, yaml_writer

REMARKS: Final = {
    "body": "keys are quoted",
    "stage": "pilot, member, leaving, closed",
    "pilot": "share: percent of the plan that may be used",
    "data_protection.processing_contract": "GDPR Art. 28 (3)",
    "data_protection.breach_notice_hours": "within how many hours the partner is told of a breach",
    "data_protection.at_end": "return or delete, by when after the end",
    "size": "a plan of platform.yaml",
    "placement": "chosen once, by free capacity",
    "access.operators": "look, delete pods, scale within bounds",
    "access.viewers": "look",
    "services.reach": "or vpn",
}
"""Field -> a word on it, for whoever edits the file next."""

_PLAIN: Final = re.compile(r"[a-z](?:[a-z0-9@._:/+-]*[a-z0-9])?")
_OTHER_THAN_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that one version of YAML or another does not read as a text."""


def tenant_text(tenant: Tenant) -> str:
    """Return the text of the tenant's file: what was set, in the order of the model, and nothing of the defaults."""
    tree = _mapping(tenant.model_dump(by_alias=True, exclude_unset=True), "")
    stream = io.StringIO()
    yaml_writer().dump(tree, stream)
    return canonical(tenant_file(tenant.name), stream.getvalue())


def _mapping(fields: Mapping[str, object], path: str) -> CommentedMap:
    mapping = CommentedMap()
    for name, value in fields.items():
        where = f"{path}.{name}" if path else name
        mapping[name] = node = _node(value, where)
        if where in REMARKS:
            remark = CommentToken(f" # {REMARKS[where]}\n", CommentMark(0), None)
            if isinstance(node, CommentedMap | CommentedSeq):
                node.ca.comment = [remark, None]
            else:
                mapping.ca.items[name] = [None, None, remark, None]
    return mapping


def _node(value: object, path: str) -> object:
    if isinstance(value, dict):
        mapping = _mapping(value, path)
        if not any(isinstance(inner, CommentedMap) or f"{path}.{name}" in REMARKS for name, inner in mapping.items()):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, tuple):
        if any(isinstance(entry, dict) for entry in value):
            return CommentedSeq([_mapping(entry, path) for entry in value])
        sequence = CommentedSeq([_scalar(entry) for entry in value])
        sequence.fa.set_flow_style()
        return sequence
    return _scalar(value)


def _scalar(value: object) -> object:
    """Return a value as it is written: names and closed words plain, free text and what looks like a number quoted."""
    match value:
        case bool() | int() | date():
            return value
        case Enum() | IPv4Address() | IPv4Network():
            return str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text not in _OTHER_THAN_TEXT else DoubleQuotedScalarString(text)
