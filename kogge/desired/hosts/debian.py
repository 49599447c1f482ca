"""What Debian 12 itself puts where Kogge watches, without any package owning it.

Maintainer scripts write these files, so dpkg has no checksum of them; a file listed here with digests is as Debian made
it, one without belongs to this host alone and only its owner and mode are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kogge.desired.hosts.parts import GeneratedFile, PackageSources

_EMPTY: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _generated(*digests: str, mode: str = "0644", owner: str = "root") -> GeneratedFile:
    return GeneratedFile(digests, mode, owner, owner)


BASELINE_FILES: Final[Mapping[str, GeneratedFile]] = {
    # The mirror's name belongs to the installation of the host; each line of these files is judged for itself.
    "/etc/apt/sources.list": _generated(),
    "/etc/apt/sources.list.d/debian.sources": _generated(),
    "/etc/apt/apt.conf.d/50unattended-upgrades": _generated(
        "3b520a37734f7cdcf797c2e78e48945e2d634c7c49bdb309d8c0faad9453bd81"
    ),
    "/etc/environment": _generated(_EMPTY),
    "/etc/nsswitch.conf": _generated("eec30745bade42a3f3f792e4d4192e57d2bcfe8e472433b1de426fe39a39cddb"),
    "/etc/pam.d/common-account": _generated("aa8a63d72e79399b6c51ebe4e9f828c954145a799eb4b8f3224724f51cbb9fac"),
    "/etc/pam.d/common-auth": _generated("b787b01c7e71c658fa9acb84cbe153f71786cf380af4b01ae9135210cdc0154d"),
    "/etc/pam.d/common-password": _generated("a76bcfdcb12436297ccf72a0d63daed8d9761d8e92996eb08295b81be32567d7"),
    "/etc/pam.d/common-session": _generated("93b668185836f7b2df9bc9a1ad80f9a89c7b1580e0a59d21514b5145cbf0bcc7"),
    "/etc/pam.d/common-session-noninteractive": _generated(
        "d137251095e22fca44fcc5c993699e46446673a085dab8238de6a670fb3cc7f2"
    ),
    "/etc/profile": _generated("75656c9c0f960573c7530d29286d273f6cef68d9b17cfeb0d74c712860d56b74"),
    "/etc/security/opasswd": _generated(_EMPTY, mode="0600"),
    "/etc/ssh/ssh_host_ecdsa_key": _generated(mode="0600"),
    "/etc/ssh/ssh_host_ecdsa_key.pub": _generated(),
    "/etc/ssh/ssh_host_ed25519_key": _generated(mode="0600"),
    "/etc/ssh/ssh_host_ed25519_key.pub": _generated(),
    "/etc/ssh/ssh_host_rsa_key": _generated(mode="0600"),
    "/etc/ssh/ssh_host_rsa_key.pub": _generated(),
    "/root/.bashrc": _generated("373b7d3b2ab90d75daf94ca16d61339d088c12020ad43b65d1b34ea80b0c0818"),
    "/root/.profile": _generated("bbee58b1e0787bb851e7f7a4d0c187a8122d68eb67e5fa464696310398ac005b"),
}

RELEASE: Final = "bookworm"
APT: Final = PackageSources(
    suites=(RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security"),
    needed_suites=(f"{RELEASE}-security",),
    components=("main", "contrib", "non-free", "non-free-firmware"),
    keyrings="/usr/share/keyrings/",
    harmless_options=("arch", "architectures", "lang", "languages"),
)
"""Where packages may come from, signed by Debian itself. OPS.1.1.3 (patch management)."""

PACKAGE_DATA: Final = (
    "/usr/lib/locale/locale-archive",
    "/usr/lib/modules/",
    "/usr/lib/udev/hwdb.bin",
    "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
    "/usr/share/glib-2.0/schemas/gschemas.compiled",
    "/usr/share/icons/",
    "/usr/share/info/dir",
    "/usr/share/mime/",
)
"""What packages make below ``/usr`` after they are unpacked: indices, no programs of their own."""

LINKS: Final[Mapping[str, str]] = {"/usr/local/man": "share/man"}

GROUP_WRITABLE: Final[Mapping[str, str]] = {"staff": "2775"}
"""Debian keeps ``/usr/local`` writable for the group staff, which has no member."""

LOCAL_NAMES: Final = ("localhost", "ip6-localhost", "ip6-loopback", "ip6-allnodes", "ip6-allrouters")


def home_files(user: str) -> dict[str, GeneratedFile]:
    """Return what a new account finds in its home (``/etc/skel``); its shell reads some of it at each login."""
    digests = {
        ".bash_logout": "26882b79471c25f945c970f8233d8ce29d54e9d5eedcd2884f88affa84a18f56",
        ".bashrc": "afae8986f549c6403410e029f9cce7983311512d04b1f02af02e4ce0af0dd2bf",
        ".profile": "28b4a453b68dde64f814e94bab14ee651f4f162e15dd9920490aa1d49f05d2a4",
    }
    return {f"/home/{user}/{name}": _generated(digest, owner=user) for name, digest in digests.items()}


DATABASE_FILES: Final[Mapping[str, GeneratedFile]] = {
    "/etc/apt/apt.conf.d/02autoremove-postgresql": _generated(mode="0444"),
    "/etc/postgresql-common/createcluster.conf": _generated(
        "44c2b8589085ce8c5b34f6cde66ea919d96269440bb2729543368801d80a45a2"
    ),
    "/etc/postgresql-common/root.crt": _generated("07e47d2c1bebb05e3c298d99cbea78f6061da92b6ec66dd77e8e60936475d8a3"),
}

STARTED_UNITS: Final = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "dbus-org.freedesktop.timesync1.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "remote-fs.target",
    "sshd.service",
    "systemd-pstore.service",
)
"""Units that Debian enables on a minimal machine, beside those that a role asks for."""
