#!/usr/bin/python3
"""Ansible module: a key and a certificate that belong to one host and never leave it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_certificate
short_description: Make a TLS key and a self-signed certificate on the host
description:
  - The key is random and made here. The pair is made anew when one half is missing, they do not belong together, the
    address is another one, or fewer than 30 days are left.
options:
  certificate: {description: Path of the certificate., type: path, required: true}
  private_key: {description: Path of the key., type: path, required: true}
  name: {description: Name of the host., type: str, required: true}
  address: {description: Address of the host., type: str, required: true}
  owner: {description: Account that reads the key., type: str, required: true}
author: Kogge
"""

EXAMPLES = r"""
- name: Make the certificate of PostgreSQL
  host_certificate:
    certificate: /etc/postgresql/15/main/kogge.crt
    private_key: /etc/postgresql/15/main/kogge.key
    name: db1
    address: 10.250.0.11
    owner: postgres
"""

RETURN = r"""
changes:
  description: Why the pair was made, or what was wrong with its files.
  type: list
  elements: str
  returned: always
"""

import os
import pwd
import re
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.held_directory import HeldDirectory

MODES = {"private_key": 0o600, "certificate": 0o644}
"""In the order in which they are put in place."""
Pair = dict
"""Which half -> content and status, or None where it is missing."""


def main() -> None:
    """Look, and make."""
    module = AnsibleModule(
        argument_spec={
            "certificate": {"type": "path", "required": True},
            "private_key": {"type": "path", "required": True, "no_log": False},
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "owner": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        changes = converge(module)
    except OSError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(changes), changes=changes)


def converge(module: AnsibleModule) -> list[str]:
    """Make the pair, or set its rights; return what was wrong."""
    pair = {which: present(module.params[which]) for which in MODES}
    reason = unusable(module, pair)
    rights = [] if reason else wrong_rights(module, pair)
    if not module.check_mode:
        if reason:
            make(module)
        elif rights:
            give(module)
    return [reason] if reason else rights


def present(path: str) -> tuple[bytes, os.stat_result] | None:
    """Return content and status of one half of the pair, or None where it is missing."""
    directory, name = os.path.split(path)
    try:
        with HeldDirectory(directory) as held:
            return held.read(name)
    except FileNotFoundError:
        return None


def unusable(module: AnsibleModule, pair: Pair) -> str | None:
    """Return why the pair cannot be used, or None."""
    path = module.params["certificate"]
    if pair["certificate"] is None or pair["private_key"] is None:
        return f"{path}: missing"
    certificate, key = pair["certificate"][0], pair["private_key"][0]
    if openssl(module, certificate, "x509", "-noout", "-checkend", str(30 * 86400))[0] != 0:
        return f"{path}: not valid for 30 more days"
    names = openssl(module, certificate, "x509", "-noout", "-ext", "subjectAltName")[1]
    # One line "IP Address:192.0.2.1, DNS:db1" below a heading.
    if f"IP Address:{module.params['address']}" not in re.split(r",\s*|\n\s*", names):
        return f"{path}: for another address"
    public = openssl(module, certificate, "x509", "-noout", "-pubkey")[1]
    if not public or public != openssl(module, key, "pkey", "-pubout")[1]:
        return f"{path}: not of this key"
    return None


def openssl(module: AnsibleModule, data: bytes, *words: str) -> tuple[int, str]:
    """Ask openssl about a certificate or key that it is given, so that it opens no file itself."""
    code, output = module.run_command(["openssl", *words], data=data, binary_data=True)[:2]
    return code, output


def wrong_rights(module: AnsibleModule, pair: Pair) -> list[str]:
    """Return what is wrong with owner and mode of the pair."""
    owner = pwd.getpwnam(module.params["owner"]).pw_uid
    found = []
    for which, mode in MODES.items():
        status = pair[which][1]
        if stat.S_IMODE(status.st_mode) != mode or status.st_uid != owner:
            found.append(f"{module.params[which]}: owner or mode {stat.S_IMODE(status.st_mode):04o}")
    return found


def make(module: AnsibleModule) -> None:
    """Make the pair where nobody else comes, then put it in place: key first, without it a certificate is of no use."""
    with tempfile.TemporaryDirectory(prefix="kogge-certificate-") as place:
        made = {"private_key": f"{place}/key", "certificate": f"{place}/crt"}
        names = f"subjectAltName=IP:{module.params['address']},DNS:{module.params['name']}"
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        words += ["-days", "3650", "-subj", f"/CN={module.params['name']}", "-addext", names]
        words += ["-keyout", made["private_key"], "-out", made["certificate"]]
        module.run_command(words, check_rc=True, umask=0o077)
        content = {which: present(path)[0] for which, path in made.items()}
    account = pwd.getpwnam(module.params["owner"])
    for which, mode in MODES.items():
        directory, name = os.path.split(module.params[which])
        with HeldDirectory(directory) as held:
            held.write(name, content[which], mode=mode, uid=account.pw_uid, gid=account.pw_gid)


def give(module: AnsibleModule) -> None:
    """Set owner and mode of both files."""
    account = pwd.getpwnam(module.params["owner"])
    for which, mode in MODES.items():
        directory, name = os.path.split(module.params[which])
        with HeldDirectory(directory) as held:
            held.give(name, mode=mode, uid=account.pw_uid, gid=account.pw_gid)


if __name__ == "__main__":
    main()
