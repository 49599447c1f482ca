"""Tenant files in one order and one form, with their comments; what they say never changes."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from kogge.atomic import write_atomically
from kogge.errors import ExitCode, KoggeError
from kogge.estate.files.document import parse
from kogge.estate.files.source import Source, list_stems, read_raw
from kogge.estate.models.tenant import Service, Tenant
from kogge.estate.rules.rule import tenant_file

MODELINE: Final = "# yaml-language-server: $schema=../schemas/tenant.json"
_WIDEST: Final = 4096


class Unformattable(KoggeError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """A file whose text cannot be read has no other form."""

    exit_code = ExitCode.INVALID


def canonical(file: str, text: str) -> str:
    """Return the text with fields in the order of the model, NFC characters, LF line ends and a modeline.

    :raises Unformattable: the text has a mistake that only a person can mend
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    before = parse(Source(file, text))
    if before.problems:
        first = before.problems[0]
        message = f"{file}:{first.line}:{first.column}: {first.message}"
        raise Unformattable(message, hint="mend what `kogge validate` says first")
    yaml = yaml_writer()
    try:
        tree = yaml.load(text)
    except YAMLError as error:
        raise Unformattable(f"{file} is read, but cannot be formatted: {error}", hint="leave it as it is") from error
    if not isinstance(tree, CommentedMap):
        raise Unformattable(f"{file} is no mapping", hint="see docs/reference/tenant-file.md")
    _order(tree, [field.alias or name for name, field in Tenant.model_fields.items()])
    for service in tree.get("services") or ():
        if isinstance(service, CommentedMap):
            _order(service, [field.alias or name for name, field in Service.model_fields.items()])
    stream = io.StringIO()
    yaml.dump(tree, stream)
    result = _lines(stream.getvalue())
    if parse(Source(file, result)).data != before.data:
        raise Unformattable(
            f"{file} cannot be written in order without changing what it says", hint="leave it as it is"
        )
    return result


def yaml_writer() -> YAML:
    """Return what reads and writes YAML with comments, in the indentation of tenant files."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def reformat(root: Path, names: Sequence[str], *, dry_run: bool) -> Iterator[str]:
    """Write the files of tenants (none: of all) in canonical form; yields those that were, or would be, changed.

    :raises Unformattable: the text of a file has a mistake that only a person can mend
    """
    for name in names or list_stems(root, "tenants")[0]:
        file = tenant_file(name)
        text = read_raw(root, file)
        formatted = canonical(file, text)
        if formatted != text:
            if not dry_run:
                write_atomically(root / file, formatted, mode=(root / file).stat().st_mode & 0o777)
            yield file


def _order(mapping: CommentedMap, fields: list[str]) -> None:
    """Move known keys into the order of the model; unknown ones keep their order at the end."""
    rank = {field: index for index, field in enumerate(fields)}
    for key in sorted(mapping, key=lambda name: rank.get(name, len(fields))):
        mapping.move_to_end(key)


def _lines(text: str) -> str:
    lines = [line.rstrip() for line in text.rstrip("\n").split("\n")]
    if not lines[0].startswith("# yaml-language-server:"):
        lines.insert(0, MODELINE)
    return "\n".join(lines) + "\n"
