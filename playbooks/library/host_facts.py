#!/usr/bin/python3
"""Ansible module: what the roles own, as it runs. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_facts
short_description: Read what the roles own on a host
description:
  - Returns, as it is: files, packet filter, sshd, accounts, names, units, sockets, packages and their sources, what
    differs from the packages, kernel settings, setuid files.
  - Writes nothing on the host. The wanted ruleset is loaded in a network namespace of its own, so that nft itself
    says how it prints it.
options:
  managed:
    description: Paths of files the roles own; their content is returned.
    type: list
    elements: path
    required: true
  watched:
    description: Directories and files in which nothing else may be.
    type: list
    elements: path
    required: true
  firewall:
    description: The wanted ruleset.
    type: str
    required: true
  settings:
    description: Names of kernel parameters.
    type: list
    elements: str
    required: true
  units:
    description: Names of units.
    type: list
    elements: str
    required: true
  groups:
    description: Names of groups whose members are returned.
    type: list
    elements: str
    required: true
  programs:
    description:
      - Whether every file of every package is compared with its checksum and every program without a package is found;
        a second or two of processor.
    type: bool
    default: true
author: Kogge
"""

EXAMPLES = r"""
- name: Read the host
  host_facts:
    managed: [/etc/ssh/sshd_config]
    watched: [/etc/ssh]
    firewall: "flush ruleset"
    settings: [net.ipv4.tcp_syncookies]
    units: [ssh.service]
    groups: [sudo]
"""

RETURN = r"""
facts:
  description: One key per thing that is read.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.facts_accounts import accounts, group_members
from ansible.module_utils.facts_files import Packages, special_files, watched_files
from ansible.module_utils.facts_integrity import altered_files, diverted_files, foreign_programs
from ansible.module_utils.facts_names import host_names
from ansible.module_utils.facts_running import listening, loaded_modules, sshd_settings
from ansible.module_utils.facts_sources import package_sources
from ansible.module_utils.packet_filter import canonical, running
from ansible.module_utils.sysctl import read_setting, writable
from ansible.module_utils.units import read_units


def main() -> None:
    """Read everything once."""
    module = AnsibleModule(
        argument_spec={
            "managed": {"type": "list", "elements": "path", "required": True},
            "watched": {"type": "list", "elements": "path", "required": True},
            "firewall": {"type": "str", "required": True},
            "settings": {"type": "list", "elements": "str", "required": True},
            "units": {"type": "list", "elements": "str", "required": True},
            "groups": {"type": "list", "elements": "str", "required": True},
            "programs": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    packages = Packages()
    units = read_units(module, module.params["units"])
    facts = {
        "container": module.run_command(["systemd-detect-virt", "--container"])[0] == 0,
        "files": watched_files(module.params["watched"], module.params["managed"], packages),
        "special_files": special_files(),
        "firewall": {"running": running(module), "wanted": canonical(module, module.params["firewall"].encode())},
        "sshd": sshd_settings(module),
        "accounts": accounts(),
        "privileged_groups": group_members(module.params["groups"]),
        "units": {name: unit.as_fact() for name, unit in units.items()},
        "listening": listening(module),
        "modules": loaded_modules(),
        "settings": {
            name: {"value": read_setting(name), "writable": writable(name)} for name in module.params["settings"]
        },
        "packages": packages.versions,
        "held": packages.held,
        "sources": package_sources(),
        "altered": altered_files(module) if module.params["programs"] else {},
        "foreign_programs": foreign_programs(packages) if module.params["programs"] else {},
        "diverted": diverted_files(),
        "names": host_names(),
    }
    module.exit_json(changed=False, facts=facts)


if __name__ == "__main__":
    main()
