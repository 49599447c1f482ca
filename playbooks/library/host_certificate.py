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
import stat
import tempfile

from ansible.module_utils.basic import AnsibleModule

MODES = {"private_key": 0o600, "certificate": 0o644}


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
    reason = unusable(module)
    rights = [] if reason else wrong_rights(module)
    if not module.check_mode:
        if reason:
            make(module)
        elif rights:
            give(module, module.params["private_key"], module.params["certificate"])
    changes = [reason] if reason else rights
    module.exit_json(changed=bool(changes), changes=changes)


def unusable(module: AnsibleModule) -> str | None:
    """Return why the pair cannot be used, or None."""
    certificate, private_key = module.params["certificate"], module.params["private_key"]
    if not (os.path.exists(certificate) and os.path.exists(private_key)):
        return f"{certificate}: missing"
    ends = module.run_command(["openssl", "x509", "-in", certificate, "-noout", "-checkend", str(30 * 86400)])
    if ends[0] != 0:
        return f"{certificate}: not valid for 30 more days"
    names = module.run_command(["openssl", "x509", "-in", certificate, "-noout", "-ext", "subjectAltName"])
    if f"IP Address:{module.params['address']}" not in names[1].replace("\n", ",").replace(" ", "").replace(
        "IPAddress", "IP Address"
    ).split(","):
        return f"{certificate}: for another address"
    public = module.run_command(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"])[1]
    if public != module.run_command(["openssl", "pkey", "-in", private_key, "-pubout"])[1]:
        return f"{certificate}: not of this key"
    return None


def wrong_rights(module: AnsibleModule) -> list[str]:
    """Return what is wrong with owner and mode of the pair."""
    found = []
    for which, mode in MODES.items():
        status = os.stat(module.params[which])
        if stat.S_IMODE(status.st_mode) != mode or status.st_uid != pwd.getpwnam(module.params["owner"]).pw_uid:
            found.append(f"{module.params[which]}: owner or mode {stat.S_IMODE(status.st_mode):04o}")
    return found


def make(module: AnsibleModule) -> None:
    """Make the pair beside its place, then move it there: key first, for a certificate without it is of no use."""
    certificate, private_key = module.params["certificate"], module.params["private_key"]
    with tempfile.TemporaryDirectory(dir=os.path.dirname(private_key), prefix=".kogge-") as place:
        key, cert = f"{place}/key", f"{place}/crt"
        names = f"subjectAltName=IP:{module.params['address']},DNS:{module.params['name']}"
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        words += ["-days", "3650", "-subj", f"/CN={module.params['name']}", "-addext", names]
        module.run_command([*words, "-keyout", key, "-out", cert], check_rc=True, umask=0o077)
        give(module, key, cert)
        os.replace(key, private_key)
        os.replace(cert, certificate)


def give(module: AnsibleModule, private_key: str, certificate: str) -> None:
    """Set owner and mode of both files."""
    account = pwd.getpwnam(module.params["owner"])
    for path, mode in ((private_key, MODES["private_key"]), (certificate, MODES["certificate"])):
        os.chown(path, account.pw_uid, account.pw_gid)
        os.chmod(path, mode)


if __name__ == "__main__":
    main()
