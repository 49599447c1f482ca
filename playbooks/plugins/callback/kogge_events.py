"""Ansible callback: one JSON line per result, for the program that started the run.

The runner's own events hide ``changed`` where a task has ``no_log``; this callback sees it. Values of parameters are
never written: only what a module returns under the names below.
"""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: kogge_events
type: aggregate
short_description: Write results as JSON lines
description: Appends one JSON object per result to the file named in KOGGE_EVENTS.
requirements: []
"""

RETURNED = ("changes", "foreign", "not_verifiable", "facts", "restart_needed")


class CallbackModule(CallbackBase):
    """Writes events; holds the open file for the length of the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kogge_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display=None, options=None):
        """Open the file, or stay silent where nobody asked for events."""
        super().__init__(display, options)
        path = os.environ.get("KOGGE_EVENTS")
        self._file = open(path, "a", buffering=1, encoding="utf-8") if path else None  # noqa: SIM115

    def _write(self, event, result=None, **more):
        if self._file is None:
            return
        line = {"event": event, "at": time.time(), **more}
        if result is not None:
            returned = result.result if hasattr(result, "result") else result._result
            task = result.task if hasattr(result, "task") else result._task
            host = result.host if hasattr(result, "host") else result._host
            line["host"] = host.get_name()
            line["task"] = task.get_name().split(" : ", 1)[-1]
            line["role"] = task._role.get_name() if task._role else ""
            line["path"] = task.get_path() or ""
            line["changed"] = bool(returned.get("changed"))
            line |= {name: returned[name] for name in RETURNED if name in returned}
            if event in ("failed", "unreachable"):
                line["message"] = str(returned.get("msg") or returned.get("stderr") or "no word why")
        self._file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        """Tell that a task ended well."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """Tell that a task failed."""
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result):
        """Tell that a host did not answer."""
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result):
        """Tell that a task did not concern a host."""
        self._write("skipped", result)

    def v2_runner_on_start(self, host, task):
        """Tell that a task begins on a host."""
        role = task._role.get_name() if task._role else ""
        self._write("start", host=host.get_name(), task=task.get_name().split(" : ", 1)[-1], role=role)

    def v2_playbook_on_stats(self, stats):
        """Tell how the run ended; without this line it was killed."""
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._write("stats", hosts=hosts)
