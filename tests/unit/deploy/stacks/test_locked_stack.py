"""Whether the process that Pulumi's lock in the backend names still runs."""

from __future__ import annotations

import os
import subprocess

import psutil

from kogge.deploy.stacks.locked_stack import _runs


def test_a_process_that_runs_holds_its_lock() -> None:
    assert _runs(os.getpid())


def test_a_process_that_ended_and_was_not_collected_holds_nothing() -> None:
    ended = subprocess.Popen(["true"])
    while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    try:
        assert psutil.pid_exists(ended.pid)
        assert not _runs(ended.pid)
    finally:
        ended.wait()
    assert not _runs(ended.pid)
