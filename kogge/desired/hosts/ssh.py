"""sshd of every host: keys only, modern algorithms, the account of Kogge and the one of the nightly check.

The whole of ``sshd_config`` is ours and includes nothing, so that no drop-in of a package changes it. Algorithms as
BSI TR-02102-4 recommends them, as far as OpenSSH 9.2 (Debian 12) has them; SYS.1.3.A8 (secure access by ssh).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kogge.desired.hosts.files import ManagedFile
from kogge.desired.hosts.nightly import FORCED

AUTHORIZED_KEYS: Final = "/etc/ssh/authorized_keys"
"""Outside the home directories: who owns an account cannot add keys to it."""

_SETTINGS: Final[Mapping[str, str]] = {
    "AddressFamily": "any",
    "HostKey": "/etc/ssh/ssh_host_ed25519_key",
    "KexAlgorithms": "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org",
    "Ciphers": "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com",
    "MACs": "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
    "HostKeyAlgorithms": "ssh-ed25519",
    "PubkeyAcceptedAlgorithms": "ssh-ed25519,sk-ssh-ed25519@openssh.com",
    "AuthenticationMethods": "publickey",
    "PubkeyAuthentication": "yes",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "HostbasedAuthentication": "no",
    "PermitEmptyPasswords": "no",
    "PermitRootLogin": "no",
    "AuthorizedKeysFile": f"{AUTHORIZED_KEYS}/%u",
    "PermitUserEnvironment": "no",
    "AllowAgentForwarding": "no",
    "AllowStreamLocalForwarding": "no",
    "AllowTcpForwarding": "no",
    "GatewayPorts": "no",
    "PermitTunnel": "no",
    "X11Forwarding": "no",
    "UsePAM": "yes",
    "PrintMotd": "no",
    "LogLevel": "VERBOSE",
    "LoginGraceTime": "20",
    "MaxAuthTries": "3",
    "MaxSessions": "10",
    "MaxStartups": "10:30:60",
    "ClientAliveInterval": "300",
    "ClientAliveCountMax": "2",
    "Subsystem": "sftp internal-sftp",
}


_FORCED_ONLY: Final[Mapping[str, str]] = {
    "ForceCommand": FORCED,
    "PermitTTY": "no",
    "PermitUserRC": "no",
    "AllowAgentForwarding": "no",
    "AllowStreamLocalForwarding": "no",
    "AllowTcpForwarding": "no",
    "PermitListen": "none",
    "PermitOpen": "none",
    "PermitTunnel": "no",
    "X11Forwarding": "no",
    "MaxSessions": "1",
}
"""For the account of the nightly check; sshd_config(5). A subsystem is replaced by the forced command, too."""


@dataclass(frozen=True, slots=True)
class LoginKeys:
    """The public keys that may log in, those of ``host_access``; read at the edge."""

    operators: tuple[str, ...] = ()
    nightly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SshLogin:
    """An account that may log in, and the public keys that open it."""

    user: str
    keys: tuple[str, ...]


def sshd_settings(port: int, users: Sequence[str]) -> dict[str, str]:
    """Return every setting of ``sshd_config`` that is not of one account alone, in the order of the file."""
    return {"Port": str(port), **_SETTINGS, "AllowUsers": " ".join(users)}


def effective_settings(port: int, users: Sequence[str]) -> dict[str, str]:
    """Return what ``sshd -T`` must print for these settings: names and plain values in lower case as it writes them."""
    settings = {name.lower(): value for name, value in sshd_settings(port, users).items()}
    # sshd prints these under a word of its own.
    settings["subsystem"] = "sftp internal-sftp"
    return settings


def ssh_files(port: int, operator: SshLogin, nightly: SshLogin | None) -> tuple[ManagedFile, ...]:
    """Return the files of sshd; the keys come first, for the new settings read them from there."""
    users = [login.user for login in (operator, nightly) if login is not None]
    lines = [f"{name} {value}\n" for name, value in sshd_settings(port, users).items()]
    keys = [_keys(operator)]
    if nightly is not None:
        lines += [f"Match User {nightly.user}\n", *(f"  {name} {value}\n" for name, value in _FORCED_ONLY.items())]
        # Said twice, so that neither a lost block nor a lost option opens a shell.
        keys.append(_keys(nightly, f'restrict,command="{FORCED}" '))
    return (*keys, ManagedFile("/etc/ssh/sshd_config", "".join(lines), mode="0600", decides_access=True))


def _keys(login: SshLogin, options: str = "") -> ManagedFile:
    lines = [f"{options}{key}\n" for key in sorted(login.keys)]
    return ManagedFile(f"{AUTHORIZED_KEYS}/{login.user}", "".join(lines), decides_access=True)
