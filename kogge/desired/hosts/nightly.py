"""The account of the nightly check: one forced program, read-only, without arguments and input.

Belongs here: the account and what lets it start the program. sshd's part is in ``ssh``, the program in
``facts_program``, what is asked in ``question``.
"""

from __future__ import annotations

import json
from typing import Final

from kogge.desired.hosts.facts_program import facts_program
from kogge.desired.hosts.files import ManagedFile
from kogge.json_value import JsonObject

PROGRAM: Final = "/opt/kogge-facts/facts"
"""Not below ``/usr/local``, which Debian keeps writable for a group."""
QUESTION: Final = "/etc/kogge-facts/question.json"
DATABASE_QUESTION: Final = "/etc/kogge-facts/database.json"
"""Apart, so that for a new partner the role of databases runs alone."""
DIRECTORIES: Final = ("/opt/kogge-facts", "/etc/kogge-facts")
"""For root alone."""
FORCED: Final = f"/usr/bin/sudo -n -- {PROGRAM}"
"""What every login of the account runs, whatever it asks for."""
SHELL: Final = "/bin/sh"
"""sshd runs the forced command with it; ``nologin`` would refuse that, too. The account has no other way in."""
HOME: Final = "/"
"""Root's, so that the account owns no file at all."""
_PROCESSES: Final = 64
"""Logins at once are bounded by it, two processes each; the program itself lets one read at a time."""


def may_start(user: str) -> ManagedFile:
    """Return the rule of sudo: exactly the program, no argument, nothing of the caller's environment."""
    lines = (
        f"Defaults:{user} env_reset, !setenv, !env_keep, !env_check, !use_pty, umask=0077, umask_override\n",
        f'{user} ALL=(root:root) NOPASSWD: NOSETENV: {PROGRAM} ""\n',
    )
    return ManagedFile(f"/etc/sudoers.d/{user}", "".join(lines), mode="0440", decides_access=True)


def nightly_files(user: str) -> tuple[ManagedFile, ...]:
    """Return the program and what bounds the account."""
    return (
        ManagedFile(PROGRAM, facts_program(QUESTION, DATABASE_QUESTION), mode="0755", decides_access=True, told=False),
        ManagedFile(f"/etc/security/limits.d/{user}.conf", f"{user} hard nproc {_PROCESSES}\n"),
    )


def question_file(path: str, question: JsonObject) -> ManagedFile:
    """Return a file in which stands what the program reads."""
    content = json.dumps(question, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return ManagedFile(path, content, mode="0600", decides_access=True, told=False)
