#!/usr/bin/python3
"""Ansible module: units that must run after every boot, and units that never may."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unit_states
short_description: Enable and start, or mask, a set of units
description:
  - Reads all units with one call, and touches only those that differ.
  - A unit whose own condition keeps it from running on this kind of machine is enabled and returned as not verifiable.
options:
  enabled:
    description: Units that are enabled and running.
    type: list
    elements: str
    default: []
  masked:
    description: Units that cannot be started.
    type: list
    elements: str
    default: []
  restarted:
    description: Units that are started anew, whatever they do; a check run says so before they are installed, too.
    type: list
    elements: str
    default: []
author: Kogge
"""

EXAMPLES = r"""
- name: Run what every host runs
  unit_states:
    enabled: [ssh.service]
    masked: [debug-shell.service]
"""

RETURN = r"""
changes:
  description: One line per unit that differed.
  type: list
  elements: str
  returned: always
not_verifiable:
  description: Units that this kind of machine cannot run.
  type: list
  elements: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.units import Unit, read_units


def main() -> None:
    """Compare and change."""
    module = AnsibleModule(
        argument_spec={
            "enabled": {"type": "list", "elements": "str", "default": []},
            "masked": {"type": "list", "elements": "str", "default": []},
            "restarted": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    if module.params["restarted"]:
        restart(module)
    wanted, unwanted = module.params["enabled"], module.params["masked"]
    units = read_units(module, [*wanted, *unwanted])
    mask = [name for name in unwanted if not units[name].masked]
    enable = [name for name in wanted if not units[name].enabled]
    start = [name for name in wanted if not units[name].up]
    changes = [f"{name}: is not masked" for name in mask]
    changes += [f"{name}: is {units[name].file_state}" for name in enable]
    changes += [f"{name}: does not run" for name in start]
    if any(unit.outdated for unit in units.values()):
        changes.append("unit files are newer than what systemd knows")
    if not module.check_mode:
        if changes:
            module.run_command(["systemctl", "daemon-reload"], check_rc=True)
        apply(module, mask, enable, start, units)
        units = read_units(module, wanted)
        # A package starts its service before the condition that keeps it from running here is written.
        stale = [name for name in wanted if units[name].unfit and units[name].failed]
        if stale:
            module.run_command(["systemctl", "reset-failed", *stale], check_rc=True)
    blocked = sorted(name for name in wanted if units[name].unfit)
    module.exit_json(changed=bool(changes), changes=changes, not_verifiable=blocked)


def restart(module: AnsibleModule) -> None:
    """Start units anew and end."""
    names = module.params["restarted"]
    if not module.check_mode:
        code, output, complaint = module.run_command(["systemctl", "restart", *names])
        if code != 0:
            module.fail_json(msg=f"systemctl restart {' '.join(names)}: {(complaint or output).strip()}")
    module.exit_json(changed=True, changes=[f"{name}: restarted" for name in names], not_verifiable=[])


def apply(module: AnsibleModule, mask: list[str], enable: list[str], start: list[str], units: dict[str, Unit]) -> None:
    """Make it so, with as few calls as there are verbs."""
    masked = [name for name in enable if units[name].masked]
    for words in (["mask", "--now", *mask], ["unmask", *masked], ["enable", *enable], ["start", *start]):
        if words[-1] not in ("--now", words[0]):
            code, output, complaint = module.run_command(["systemctl", *words])
            if code != 0:
                module.fail_json(msg=f"systemctl {' '.join(words)}: {(complaint or output).strip()}")


if __name__ == "__main__":
    main()
