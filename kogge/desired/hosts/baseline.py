"""What the role ``baseline`` says: what every host is, whatever else it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kogge.desired.hosts.debian import (
    APT,
    BASELINE_FILES,
    GROUP_WRITABLE,
    LINKS,
    LOCAL_NAMES,
    PACKAGE_DATA,
    STARTED_UNITS,
    home_files,
)
from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.firewall import Opening, firewall_file
from kogge.desired.hosts.kernel import SETTINGS, UNWANTED_MODULES, kernel_files
from kogge.desired.hosts.nightly import DIRECTORIES, HOME, SHELL, may_start, nightly_files
from kogge.desired.hosts.parts import Accounts, Kernel, NightlyAccount, Packages, Places, System, Units
from kogge.desired.hosts.ssh import LoginKeys, SshLogin, effective_settings, ssh_files
from kogge.desired.hosts.state import RoleState
from kogge.estate.models.platform import Host, HostAccess, HostRole, Platform

PACKAGES: Final = (
    "auditd",
    "ca-certificates",
    "nftables",
    "openssh-server",
    "python3-apt",
    "sudo",
    "systemd-timesyncd",
    "unattended-upgrades",
)
UNWANTED_PACKAGES: Final = (
    "avahi-daemon",
    "exim4-base",
    "iptables",
    "nis",
    "rpcbind",
    "rsh-server",
    "telnetd",
    "tftpd",
)
ENABLED_UNITS: Final = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "auditd.service",
    "nftables.service",
    "ssh.service",
    "systemd-timesyncd.service",
    "unattended-upgrades.service",
)
MASKED_UNITS: Final = (
    "console-getty.service",
    "ctrl-alt-del.target",
    "debug-shell.service",
    "rpcbind.service",
    "rpcbind.socket",
    "systemd-firstboot.service",
)
PRIVILEGED_GROUPS: Final = (
    "sudo",
    "root",
    "staff",
    "disk",
    "shadow",
    "kmem",
    "docker",
    "lxd",
    "adm",
    "systemd-journal",
    "ssl-cert",
    "postgres",
)
"""Groups that are as good as root, or close to it; what no role names has no member."""
SETUID_FILES: Final = (
    "/usr/bin/chage",
    "/usr/bin/chfn",
    "/usr/bin/chsh",
    "/usr/bin/expiry",
    "/usr/bin/gpasswd",
    "/usr/bin/mount",
    "/usr/bin/newgrp",
    "/usr/bin/passwd",
    "/usr/bin/ssh-agent",
    "/usr/bin/su",
    "/usr/bin/sudo",
    "/usr/bin/umount",
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
    "/usr/lib/openssh/ssh-keysign",
    "/usr/sbin/unix_chkpwd",
)
"""Files with the setuid or setgid bit in a minimal Debian 12 with the packages of all roles."""
WATCHED_DIRECTORIES: Final = (
    "/etc/anacrontab",
    "/etc/apt",
    "/etc/audit/auditd.conf",
    "/etc/audit/rules.d",
    "/etc/bash.bashrc",
    "/etc/binfmt.d",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/cron.monthly",
    "/etc/cron.weekly",
    "/etc/crontab",
    "/etc/dbus-1",
    "/etc/dhcp",
    "/etc/environment",
    "/etc/init.d",
    "/etc/initramfs-tools/hooks",
    "/etc/initramfs-tools/scripts",
    "/etc/kernel",
    "/etc/kogge-facts",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/logrotate.d",
    "/etc/modprobe.d",
    "/etc/modules-load.d",
    "/etc/nftables.conf",
    "/etc/nsswitch.conf",
    "/etc/pam.d",
    "/etc/perl",
    "/etc/polkit-1",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/rc.local",
    "/etc/security",
    "/etc/skel",
    "/etc/ssh",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/sysctl.d",
    "/etc/systemd",
    "/etc/sysusers.d",
    "/etc/tmpfiles.d",
    "/etc/udev/rules.d",
    "/etc/update-motd.d",
    "/etc/xdg/systemd",
    "/opt",
    "/root/.bash_login",
    "/root/.bash_profile",
    "/root/.bashrc",
    "/root/.config",
    "/root/.profile",
    "/root/.ssh",
    "/run/systemd/system",
    "/usr/local",
    "/usr/share/keyrings",
    "/var/lib/systemd/linger",
    "/var/spool/cron",
)
"""Places where a file changes who may do what. Beside ours, only files of packages may be there, as they came."""
_HOME: Final = (".bash_login", ".bash_logout", ".bash_profile", ".bashrc", ".config", ".pam_environment", ".profile")


def baseline_contribution(
    host: Host, platform: Platform, access: HostAccess, keys: LoginKeys, openings: Sequence[Opening]
) -> RoleState:
    """Return what the baseline says of a host; ``openings`` are what the host's other roles let in."""
    user = access.user
    operator = SshLogin(user, keys.operators)
    nightly = SshLogin(access.nightly.user, keys.nightly) if access.nightly is not None else None
    users = (user,) if nightly is None else (user, nightly.user)
    ssh = Opening("ssh from the administration", access.networks, host.ssh_port)
    return RoleState(
        HostRole.BASELINE,
        files={
            "ssh": ssh_files(host.ssh_port, operator, nightly),
            "firewall": (firewall_file([ssh, *openings]),),
            "account": (_sudo_rule(user), *(() if nightly is None else (may_start(nightly.user),))),
            "nightly": () if nightly is None else nightly_files(nightly.user),
            "kernel": kernel_files(),
            "updates": _update_files(),
            "audit": (_audit_rules(), _audit_condition()),
            "time": _time_files(platform.time_servers),
        },
        packages=Packages(PACKAGES, UNWANTED_PACKAGES),
        units=Units(ENABLED_UNITS, MASKED_UNITS, STARTED_UNITS),
        accounts=Accounts(
            logins=tuple(sorted({"root", "sync", *users})),
            groups={**dict.fromkeys(PRIVILEGED_GROUPS, ()), "sudo": (user,)},
        ),
        places=_places(user),
        listening=(f"tcp {host.ssh_port}",),
        system=System(
            account=user,
            nightly=None if nightly is None else NightlyAccount(nightly.user, SHELL, HOME, DIRECTORIES),
            sshd=effective_settings(host.ssh_port, users),
            kernel=Kernel(SETTINGS, UNWANTED_MODULES),
            apt=replace(APT, mirrors=tuple(mirror.rstrip("/") for mirror in platform.package_mirrors)),
            package_data=PACKAGE_DATA,
            local_names=LOCAL_NAMES,
        ),
    )


def _places(user: str) -> Places:
    return Places(
        watched=(*WATCHED_DIRECTORIES, *(f"/home/{user}/{entry}" for entry in _HOME)),
        absent=(f"/home/{user}/.ssh/authorized_keys", "/root/.ssh/authorized_keys"),
        generated={**BASELINE_FILES, **home_files(user)},
        links=LINKS,
        group_writable=GROUP_WRITABLE,
        setuid=SETUID_FILES,
    )


def _sudo_rule(user: str) -> ManagedFile:
    return ManagedFile(
        f"/etc/sudoers.d/{user}", f"{user} ALL=(ALL:ALL) NOPASSWD: ALL\n", mode="0440", decides_access=True
    )


def _update_files() -> tuple[ManagedFile, ...]:
    """Security updates install by themselves; a reboot stays a decision. OPS.1.1.3 (patch management)."""
    periodic = "".join(
        f'APT::Periodic::{name} "1";\n' for name in ("Update-Package-Lists", "Unattended-Upgrade", "AutocleanInterval")
    )
    origins = (
        "#clear Unattended-Upgrade::Origins-Pattern;\n"
        "Unattended-Upgrade::Origins-Pattern {\n"
        '    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";\n'
        "};\n"
        'Unattended-Upgrade::Automatic-Reboot "false";\n'
        'Unattended-Upgrade::SyslogEnable "true";\n'
    )
    return (
        ManagedFile("/etc/apt/apt.conf.d/20auto-upgrades", periodic),
        ManagedFile("/etc/apt/apt.conf.d/60kogge", origins),
    )


def _audit_rules() -> ManagedFile:
    """Return what auditd records: changes of accounts, rights and of what this role owns. OPS.1.1.5 (logging)."""
    watched = (
        ("/etc/passwd", "accounts"),
        ("/etc/shadow", "accounts"),
        ("/etc/group", "accounts"),
        ("/etc/sudoers", "rights"),
        ("/etc/sudoers.d", "rights"),
        ("/etc/ssh", "ssh"),
        ("/etc/nftables.conf", "firewall"),
        ("/etc/kogge-facts", "nightly"),
        ("/opt/kogge-facts", "nightly"),
        ("/etc/systemd/system", "units"),
    )
    lines = ["-D\n", "-b 8192\n", "-f 1\n", *(f"-w {path} -p wa -k {key}\n" for path, key in watched)]
    return ManagedFile("/etc/audit/rules.d/kogge.rules", "".join(lines), mode="0640")


def _audit_condition() -> ManagedFile:
    """Return a condition that newer Debian releases ship themselves: a container has no audit of its own."""
    return ManagedFile(
        "/etc/systemd/system/auditd.service.d/kogge.conf", "[Unit]\nConditionVirtualization=!container\n"
    )


def _time_files(servers: Sequence[str]) -> tuple[ManagedFile, ...]:
    if not servers:
        return ()
    return (ManagedFile("/etc/systemd/timesyncd.conf.d/kogge.conf", f"[Time]\nNTP={' '.join(servers)}\n"),)
