"""What git has of a data root: commits, and the data files at one. The only place that runs git.

A data root is written by others, and its ``.git/config`` and attributes can name programs: hooks, filters, a monitor of
the file system, transports. So nothing here refreshes the index, converts content or fetches; of a working file the
digest is compared. What a machine's settings outside of the data root say (``safe.directory``) stays in force.

Comparing estates belongs to ``kogge.impact``; reading them to ``kogge.estate``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from kogge.errors import KoggeError, UsageError

_DATA: Final = ("tenants", "catalogue", "platform.yaml")
_TIMEOUT: Final = 120.0
_LINK: Final = "120000"
_FILES: Final = frozenset({"100644", "100755", _LINK})
_OPTIONS: Final = ("--no-pager", "--no-optional-locks", "--no-replace-objects")
_SETTINGS: Final = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "protocol.allow": "never",
    "credential.helper": "",
    # A directory of the repository that looks like a repository would bring a configuration of its own.
    "safe.bareRepository": "explicit",
}
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "",  # stronger than protocol.<name>.allow of the repository
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of a commit; ``object_id`` is the digest of its content as git forms it."""

    mode: str
    object_id: str


def commit_id(root: Path, name: str) -> str:
    """Return the full id of the commit that ``name`` (commit, branch or tag) means in the repository of ``root``.

    :raises UsageError: there is no such commit, or no repository.
    :raises KoggeError: git is not installed or does not answer.
    """
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return _git(root, *words).decode("ascii").strip()


def commit_of(root: Path) -> str | None:
    """Return the commit of the data root, with ``+`` when data files differ from it; None outside of a checkout."""
    try:
        commit = commit_id(root, "HEAD")
        committed = {name: entry for name, entry in _entries(root, commit).items() if _is_data(name)}
    except KoggeError:
        return None
    return commit + ("" if _as_committed(root, committed) else "+")


def write_data_files(root: Path, commit: str, directory: Path) -> None:
    """Write the data files of ``commit`` into the empty ``directory``, as they were committed.

    :raises UsageError: the commit holds none, or a path that leads out of the directory.
    :raises KoggeError: git is not installed or does not answer.
    """
    entries = _entries(root, commit)
    if not entries:
        raise UsageError(f"git: the commit {commit[:12]} holds no data files", hint=_HINT)
    contents = dict(zip(entries, _contents(root, [entry.object_id for entry in entries.values()]), strict=True))
    # Links come last: nothing is written through one.
    for name in sorted(entries, key=lambda name: (entries[name].mode == _LINK, name)):
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if entries[name].mode == _LINK:
                path.symlink_to(os.fsdecode(contents[name]))
            else:
                with path.open("xb") as file:
                    file.write(contents[name])
        except OSError as error:
            raise UsageError(f"git: {name!r} of commit {commit[:12]} cannot be written: {error.strerror}") from error


def is_listed(tree: Path, path: Path) -> bool:
    """Tell whether the index of the work tree ``tree`` has ``path``, or anything below it.

    :raises KoggeError: git is not installed, does not answer, or does not know the work tree.
    """
    return bool(_git(tree, "--literal-pathspecs", "ls-files", "-z", "--", str(path)))


_HINT: Final = "name a commit, branch or tag of this repository that holds tenants/, catalogue/ and platform.yaml"


def _is_data(name: str) -> bool:
    """Tell whether the estate reads the file: its own file, and the YAML files of the two directories."""
    path = PurePosixPath(name)
    in_directory = len(path.parts) == 2 and path.suffix == ".yaml" and not path.name.startswith(".")
    return name == "platform.yaml" or in_directory


def _as_committed(root: Path, committed: Mapping[str, _Entry]) -> bool:
    """Tell whether the data files in ``root`` are those of a commit, byte by byte."""
    found = [root / "platform.yaml", *(root / "tenants").glob("*"), *(root / "catalogue").glob("*")]
    names = [path.relative_to(root).as_posix() for path in found if path.is_symlink() or path.exists()]
    present = {name for name in names if _is_data(name)}
    if present != committed.keys():
        return False
    return all(_object_id(root / name, len(entry.object_id)) == entry.object_id for name, entry in committed.items())


def _object_id(path: Path, length: int) -> str:
    """Return the id that git gives to the content of a file, without any filter; ``""`` when it cannot be read.

    ``length`` tells which digest the repository uses. Source: gitformat-pack(5) and ``git hash-object --no-filters``.
    """
    try:
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    except OSError:
        return ""
    digest = hashlib.sha1(usedforsecurity=False) if length == 40 else hashlib.sha256()
    digest.update(b"blob %d\0" % len(content) + content)
    return digest.hexdigest()


def _entries(root: Path, commit: str) -> dict[str, _Entry]:
    """Return path -> entry of the data files of a commit, relative to ``root``."""
    return dict(_parsed(_git(root, "ls-tree", "-r", "-z", commit, "--", *_DATA)))


def _parsed(listing: bytes) -> Iterator[tuple[str, _Entry]]:
    for line in listing.split(b"\0"):
        if not line:
            continue
        head, _, raw = line.partition(b"\t")
        name = os.fsdecode(raw)
        mode, _, object_id = head.decode("ascii").split(" ")
        if mode not in _FILES:
            continue  # a submodule
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.parts[0] not in _DATA:
            raise UsageError(f"git: the commit holds a file of the name {name!r}", hint=_HINT)
        yield name, _Entry(mode, object_id)


def _contents(root: Path, object_ids: list[str]) -> Iterator[bytes]:
    """Yield the content of each object, in their order."""
    asked = "".join(f"{object_id}\n" for object_id in object_ids)
    told = _git(root, "cat-file", "--batch", given=asked.encode("ascii"))
    at = 0
    for object_id in object_ids:
        end = told.index(b"\n", at)
        words = told[at:end].decode("ascii").split(" ")
        if words[1:2] != ["blob"]:
            raise KoggeError(f"git: the object {object_id[:12]} is missing", hint="fetch the whole history")
        size = int(words[2])
        yield told[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(root: Path, *words: str, given: bytes = b"") -> bytes:
    settings = [word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")]
    command = ["git", "-C", str(root), *_OPTIONS, *settings, *words]
    try:
        return subprocess.run(
            command, check=True, capture_output=True, input=given, timeout=_TIMEOUT, env=_environment()
        ).stdout
    except FileNotFoundError as error:
        raise KoggeError("git is not installed", hint="install git") from error
    except OSError as error:
        raise KoggeError(f"git cannot be run: {error.strerror}", hint="install git") from error
    except subprocess.TimeoutExpired as error:
        raise KoggeError("git did not answer within two minutes", hint="look at the repository") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().split("\n")[0] or "no such commit"
        raise UsageError(f"git {words[0]}: {reason}", hint=_HINT) from error


def _environment() -> dict[str, str]:
    """Return our environment without what points git elsewhere or names programs; settings of the machine stay."""
    kept = {name: value for name, value in os.environ.items() if not _redirects(name)}
    return {**kept, **_ENVIRONMENT}


def _redirects(name: str) -> bool:
    return name.startswith("GIT_") and not name.startswith("GIT_CONFIG_")
