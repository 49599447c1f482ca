"""What goes to hosts and comes from them by ssh, and the one place that runs Ansible.

It takes documents with every secret filled in; whoever holds the keys (``kogge.deploy``) fills them.
"""

from kogge.hostrun.access import SshAccess, Target, authorized_keys, open_access, open_nightly_access
from kogge.hostrun.events import EventKind, HostEvent
from kogge.hostrun.run import HostRunError, RoleDocument, run
from kogge.hostrun.summary import HostRunSummary, Outcome, RoleResult

__all__ = [
    "EventKind",
    "HostEvent",
    "HostRunError",
    "HostRunSummary",
    "Outcome",
    "RoleDocument",
    "RoleResult",
    "SshAccess",
    "Target",
    "authorized_keys",
    "open_access",
    "open_nightly_access",
    "run",
]
