"""Kernel settings and modules of every host; SYS.1.3.A14, SYS.1.1.A6 (BSI IT-Grundschutz)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kogge.desired.hosts.files import ManagedFile

SETTINGS: Final[Mapping[str, str]] = {
    "fs.protected_fifos": "1",
    "fs.protected_hardlinks": "1",
    "fs.protected_regular": "2",
    "fs.protected_symlinks": "1",
    "fs.suid_dumpable": "0",
    "kernel.dmesg_restrict": "1",
    "kernel.kptr_restrict": "2",
    "kernel.randomize_va_space": "2",
    "kernel.unprivileged_bpf_disabled": "1",
    "net.ipv4.conf.all.accept_redirects": "0",
    "net.ipv4.conf.all.accept_source_route": "0",
    "net.ipv4.conf.all.log_martians": "1",
    "net.ipv4.conf.all.rp_filter": "1",
    "net.ipv4.conf.all.secure_redirects": "0",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.accept_redirects": "0",
    "net.ipv4.conf.default.accept_source_route": "0",
    "net.ipv4.conf.default.rp_filter": "1",
    "net.ipv4.conf.default.send_redirects": "0",
    "net.ipv4.icmp_echo_ignore_broadcasts": "1",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv6.conf.all.accept_redirects": "0",
    "net.ipv6.conf.all.accept_source_route": "0",
    "net.ipv6.conf.default.accept_redirects": "0",
}

UNWANTED_MODULES: Final = (
    "cramfs",
    "dccp",
    "freevxfs",
    "hfs",
    "hfsplus",
    "jffs2",
    "rds",
    "sctp",
    "tipc",
    "usb-storage",
)
"""File systems and protocols that no role uses and that had more than their share of faults."""


def kernel_files() -> tuple[ManagedFile, ...]:
    """Return the files that make settings and module list last over a boot."""
    settings = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
    modules = "".join(f"install {name} /bin/false\nblacklist {name}\n" for name in UNWANTED_MODULES)
    return (
        ManagedFile("/etc/sysctl.d/60-kogge.conf", settings),
        ManagedFile("/etc/modprobe.d/kogge.conf", modules),
    )
