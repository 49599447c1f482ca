"""What roles say of a host, by the kind of thing: each role contributes, and the host's state is the union.

Belongs here: values that more than one role fills, or that describe the machine itself. What PostgreSQL holds is in
``database_state``; how parts of several roles become one is in ``state``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Packages:
    """Names of Debian packages."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Units:
    """Names of systemd units."""

    enabled: tuple[str, ...] = ()
    """Start with the machine, and run."""
    masked: tuple[str, ...] = ()
    """Can never start."""
    tolerated: tuple[str, ...] = ()
    """May be enabled without a role asking for it."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may log in, and who may act as somebody else."""

    logins: tuple[str, ...] = ()
    """Accounts that must exist and may have a shell."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Groups that are as good as root, or close to it, and who may be in them."""


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file that Debian's own scripts write, without dpkg knowing its checksum."""

    sha256: tuple[str, ...]
    """How Debian makes it; empty where the content belongs to this host alone."""
    mode: str = "0644"
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class Places:
    """What may lie where, beside the files that roles own and those that packages brought."""

    watched: tuple[str, ...] = ()
    """Files and directories in which nothing else may be."""
    absent: tuple[str, ...] = ()
    """Paths that must not exist."""
    generated: Mapping[str, GeneratedFile] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Link to its target."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Account that may own what lies below a directory; elsewhere it is root alone."""
    group_writable: Mapping[str, str] = field(default_factory=dict)
    """Group to the mode of directories that it may write: it has no member."""
    setuid: tuple[str, ...] = ()
    """Programs that may have the setuid or setgid bit."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the kernel of a host must be set to."""

    settings: Mapping[str, str]
    """Name (as ``sysctl`` has it) and value."""
    unwanted_modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageSources:
    """Where packages may come from."""

    suites: tuple[str, ...]
    needed_suites: tuple[str, ...]
    """Those without which a host gets no security updates."""
    components: tuple[str, ...]
    keyrings: str
    """Directory of the keys that may sign."""
    harmless_options: tuple[str, ...]
    """Options of a source that change nothing of what is trusted."""
    mirrors: tuple[str, ...] = ()
    """The only addresses; empty: any."""


@dataclass(frozen=True, slots=True)
class NightlyAccount:
    """The account that may start the program of the nightly check, and nothing else."""

    name: str
    shell: str
    home: str
    directories: tuple[str, ...]
    """For root alone: program and question lie in them."""


@dataclass(frozen=True, slots=True)
class System:
    """What is true of the machine as a whole; the baseline says it."""

    account: str
    """The account of Kogge, which may become root."""
    nightly: NightlyAccount | None
    """None: ``platform.yaml`` names no identity for the nightly check."""
    sshd: Mapping[str, str]
    """What ``sshd -T`` must print."""
    kernel: Kernel
    apt: PackageSources
    package_data: tuple[str, ...]
    """What packages make below ``/usr`` after they are unpacked."""
    local_names: tuple[str, ...]
    """Names that ``/etc/hosts`` of any host may answer for, beside the host's own."""
