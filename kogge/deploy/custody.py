"""Whether a new master key would be lost where it is made: the next job of a pipeline cleans its checkout.

Belongs here: where a key lies, and who keeps it. Whether a new key would do harm to a stack is ``deploy.keys``'.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.trust import is_sandbox_own, key_directory, master_path
from kogge.worktree import is_tracked, work_tree

_PIPELINE: Final = (
    "CI",
    "GITLAB_CI",
    "GITHUB_ACTIONS",
    "GITEA_ACTIONS",
    "FORGEJO_ACTIONS",
    "JENKINS_URL",
    "BUILDKITE",
    "TEAMCITY_VERSION",
    "TF_BUILD",
)
"""What pipelines set in the environment of a job; any of them tells of one."""


class KeyWouldBeLostError(KoggeError):
    """A master key would lie where nothing keeps it."""


def in_pipeline(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this is a job of a pipeline."""
    return any(environ.get(name, "").lower() not in {"", "0", "false"} for name in _PIPELINE)


def refuse_loss(estate: Estate, owner: str, *, asked: bool) -> None:
    """Refuse to make an owner's key, or to make a stack with one, where the checkout may be cleaned after the run.

    ``asked``: somebody asked for just this key, and knows that it must be committed.

    :raises KeyWouldBeLostError: it would lie untracked in the checkout of a pipeline, or git has the key already.
    """
    path = master_path(key_directory(estate), owner)
    if not _in_repository(estate, path):
        return
    kept = is_tracked(path, if_unknown=False)
    if kept and not os.path.lexists(path):
        raise KeyWouldBeLostError(
            f"git has a master key of {owner}, and it is missing here: {path}",
            hint=f"git restore --source=HEAD --staged --worktree {path.name} and {owner}.digests, in {path.parent}",
        )
    if not kept and in_pipeline() and not asked:
        raise KeyWouldBeLostError(
            f"the master key of {owner} would lie untracked in the checkout of a pipeline, and be gone with it: {path}",
            hint=f"run `kogge keys new {owner}` in a protected job or at a desk, and commit {path.name} and "
            f"{owner}.digests first",
        )


def uncommitted(estate: Estate, owners: Iterable[str]) -> tuple[Path, ...]:
    """Return the files of these owners' keys that lie in a repository and that git does not keep yet."""
    keys = [master_path(key_directory(estate), owner) for owner in owners]
    files = [file for key in keys for file in (key, key.with_suffix(".digests"))]
    return tuple(file for file in files if _in_repository(estate, file) and not is_tracked(file, if_unknown=False))


def _in_repository(estate: Estate, path: Path) -> bool:
    """Tell whether a key lies in a work tree of git; the sandbox's own go with the sandbox, so they do not count."""
    return work_tree(path.parent) is not None and not is_sandbox_own(estate, path)
