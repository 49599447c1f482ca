"""Everything the check asks of a host, PostgreSQL left out, read once; needs no Ansible.

``commands`` runs the programs of the machine (``run_command``, ``get_bin_path``, ``fail_json``).
"""

from __future__ import annotations

from ansible.module_utils.facts_accounts import accounts, group_members
from ansible.module_utils.facts_files import Packages, special_files, watched_files
from ansible.module_utils.facts_integrity import altered_files, diverted_files, foreign_programs
from ansible.module_utils.facts_names import host_names
from ansible.module_utils.facts_running import listening, loaded_modules, sshd_settings
from ansible.module_utils.facts_sources import package_sources
from ansible.module_utils.packet_filter import canonical, running
from ansible.module_utils.sysctl import read_setting, writable
from ansible.module_utils.units import read_units


def read_host(commands, question: dict, packages: Packages) -> dict:
    """Return the facts, one key per thing; ``question`` as the host's state asks (``FactsQuestion``)."""
    units = read_units(commands, question["units"])
    return {
        "container": commands.run_command(["systemd-detect-virt", "--container"])[0] == 0,
        "files": watched_files(question["watched"], question["managed"], question["told"], packages),
        "special_files": special_files(),
        "firewall": {"running": running(commands), "wanted": canonical(commands, question["firewall"])},
        "sshd": sshd_settings(commands),
        "accounts": accounts(),
        "privileged_groups": group_members(question["groups"]),
        "units": {name: unit.as_fact() for name, unit in units.items()},
        "listening": listening(commands),
        "modules": loaded_modules(),
        "settings": {name: {"value": read_setting(name), "writable": writable(name)} for name in question["settings"]},
        "packages": packages.versions,
        "held": packages.held,
        "sources": package_sources(),
        "diverted": diverted_files(),
        "names": host_names(),
    }


def read_programs(commands, packages: Packages) -> dict:
    """Return what differs from the packages: every file against its checksum, a second or two of processor."""
    return {"altered": altered_files(commands), "foreign_programs": foreign_programs(packages)}
