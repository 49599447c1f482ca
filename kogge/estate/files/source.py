"""Reading a file of the data root as text, safely: the only place of this room that opens files.

Nothing about YAML is known here. What comes out is text that a person sees the way a parser
reads it: UTF-8, composed characters, no invisible or direction-changing ones.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from kogge.errors import ExitCode, KoggeError
from kogge.estate.problem import Problem, ProblemSeverity
from kogge.visible import is_hidden, visible

MAX_BYTES: Final = 256 * 1024
"""The largest file that is read. The largest sensible tenant file has some 10 KiB."""

MAX_PROBLEMS: Final = 100
"""A file with more mistakes than this is of another kind altogether; the rest is counted, not listed."""

_ALLOWED: Final = frozenset("\t\n\r\ufe0e\ufe0f")
"""Hidden characters that a file may hold: the ends of its lines, tabs, and what chooses between two looks of a sign
such as U+26A0, which comments have."""

_BYTE_ORDER_MARKS: Final = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
)

_LINK_OUT: Final = "is a link that leads out of the data root"
_WHERE_FILES_BELONG: Final = "put the file itself here: what is checked must be what is in the repository"


class UnreadableSource(KoggeError):  # noqa: N818 (named after what it is, as every error of Kogge)
    """A file cannot be read as text."""

    exit_code = ExitCode.INVALID


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file; ``file`` is its path relative to the data root, with slashes."""

    file: str
    text: str


def read_source(root: Path, file: str) -> tuple[Source | None, tuple[Problem, ...]]:
    """Read one file below ``root``; either a source or at least one error comes back."""
    path = root / file
    try:
        raw = _read_bytes(root, path)
    except _Refused as refused:
        return None, (_problem(file, 1, 1, refused.rule, refused.message, refused.hint),)
    text, problems = _decode(file, raw)
    problems = (*problems, *_check_characters(file, text))
    if problems:
        return None, problems
    return Source(file, text), ()


def read_raw(root: Path, file: str) -> str:
    """Return the text of a file as it stands, invisible characters included.

    :raises UnreadableSource: it cannot be read, or is not UTF-8
    """
    try:
        raw = _read_bytes(root, root / file)
    except _Refused as refused:
        raise UnreadableSource(f"{file}: {refused.message}", hint=refused.hint) from refused
    text, problems = _decode(file, raw)
    for problem in problems:
        raise UnreadableSource(f"{file}:{problem.line}:{problem.column}: {problem.message}", hint=problem.hint)
    return text


def list_stems(root: Path, directory: str) -> tuple[list[str], list[Problem]]:
    """Return the stems of a directory's YAML files; any other file but READMEs and hidden ones is a problem."""
    if _leads_out(root, root / directory):
        return [], [_problem(f"{directory}/", 1, 1, "outside-tree", f"the directory {_LINK_OUT}", _WHERE_FILES_BELONG)]
    try:
        names = sorted(entry.name for entry in (root / directory).iterdir())
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        hint = "name the data root with --root; it holds platform.yaml, tenants/ and catalogue/"
        return [], [_problem(f"{directory}/", 1, 1, "unreadable", f"the directory cannot be listed: {reason}", hint)]
    stems: list[str] = []
    problems: list[Problem] = []
    for name in names:
        if name.startswith(".") or name.endswith(".md"):
            continue
        if any(map(is_hidden, name)):
            shown = f"{directory}/{visible(name)}"
            message = "the file is not read: its name holds characters that cannot be shown"
            problems.append(_problem(shown, 1, 1, "stray-file", message, "rename it"))
            continue
        if name.endswith(".yaml"):
            stems.append(name.removesuffix(".yaml"))
            continue
        hint = f"rename it to {Path(name).stem}.yaml, or move it elsewhere"
        problems.append(_problem(f"{directory}/{name}", 1, 1, "stray-file", "the file is not read: not .yaml", hint))
    return stems, problems


class _Refused(Exception):  # noqa: N818 (it never leaves this module)
    """The file cannot be read at all."""

    def __init__(self, rule: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint = rule, message, hint


def _read_bytes(root: Path, path: Path) -> bytes:
    """Read at most :data:`MAX_BYTES`; a pipe or a device is never read, a link out of the tree never followed."""
    try:
        descriptor = _open(root, path)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _Refused("unreadable", "this is no regular file", "remove it, or put a YAML file in its place")
            if status.st_size > MAX_BYTES:
                raise _Refused(
                    "too-large",
                    f"the file has {status.st_size:,} bytes; at most {MAX_BYTES:,} are read",
                    "see whether something else was saved under this name",
                )
            return _read_all(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        hint = "restore the file or its permissions"
        raise _Refused("unreadable", f"the file cannot be read: {reason}", hint) from error


def _open(root: Path, path: Path) -> int:
    """Open without waiting for a pipe's writer; a link is followed only where it stays in the tree."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    if path.parent != root and _leads_out(root, path.parent):
        raise _Refused("outside-tree", f"its directory {_LINK_OUT}", _WHERE_FILES_BELONG)
    try:
        return os.open(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    try:
        target = path.resolve(strict=True)
    except RuntimeError:
        raise _Refused(
            "unreadable", "the file is a link that leads back to itself", "put the file itself here"
        ) from None
    if not target.is_relative_to(root.resolve()):
        raise _Refused("outside-tree", f"the file {_LINK_OUT}", _WHERE_FILES_BELONG)
    return os.open(target, flags | os.O_NOFOLLOW)


def _leads_out(root: Path, directory: Path) -> bool:
    """Tell whether a directory of the data root is a link out of it."""
    return directory.is_symlink() and not directory.resolve().is_relative_to(root.resolve())


def _read_all(descriptor: int) -> bytes:
    parts = []
    size = 0
    while size <= MAX_BYTES and (part := os.read(descriptor, MAX_BYTES)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)[:MAX_BYTES]


def _decode(file: str, raw: bytes) -> tuple[str, tuple[Problem, ...]]:
    for mark, name in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return "", (
                _problem(file, 1, 1, "encoding", f"the file is {name}; UTF-8 was expected", "save the file as UTF-8"),
            )
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = position_at(before, len(before))
        byte = raw[error.start : error.start + 1]
        likely = f", probably {byte.decode('latin-1')!r} in ISO 8859-1" if byte[0] >= 0xA0 else ""
        message = f"byte 0x{byte.hex()} is not UTF-8{likely}"
        return "", (_problem(file, line, column, "encoding", message, "save the file as UTF-8"),)


def _check_characters(file: str, text: str) -> Iterator[Problem]:
    """Yield a problem per invisible character, and one for the first decomposed umlaut."""
    hidden = {character for character in set(text) - _ALLOWED if is_hidden(character)}
    if hidden:
        places = (index for index, character in enumerate(text) if character in hidden)
        yield from (_invisible(file, text, index) for index in islice(places, MAX_PROBLEMS))
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        yield _decomposed(file, text)


def _invisible(file: str, text: str, index: int) -> Problem:
    line, column = position_at(text, index)
    name = unicodedata.name(text[index], "control character").lower()
    message = f"U+{ord(text[index]):04X} ({name}) is not allowed: a reader does not see it"
    return _problem(file, line, column, "invisible-character", message, "delete the character")


def _decomposed(file: str, text: str) -> Problem:
    composed = unicodedata.normalize("NFC", text)
    index = next((i for i, (a, b) in enumerate(zip(text, composed, strict=False)) if a != b), 0)
    line, column = position_at(text, index)
    found = composed[index : index + 1]
    return _problem(
        file,
        line,
        column,
        "decomposed-character",
        f"{found!r} is written as a letter and a separate accent (Unicode NFD)",
        f"type {found!r} again, or run `kogge tenant fmt`, which writes composed characters (NFC)",
    )


def position_at(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of the character at ``index``; CR, LF and CRLF end a line."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _problem(file: str, line: int, column: int, rule: str, message: str, hint: str) -> Problem:
    return Problem(file, line, column, rule, message, hint, ProblemSeverity.ERROR)
