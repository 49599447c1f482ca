#!/usr/bin/python3
"""Ansible module: a change that can lock its author out, with a way back that needs nobody."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guarded_config
short_description: Change what the connection itself depends on, and roll back unless confirmed
description:
  - Checks the new files with their program, keeps what is there, then writes and applies.
  - A second call with O(confirm=true), made over a new connection, keeps the change. Without it the host goes back by
    itself, when the time is over or at its next boot, before the packet filter and sshd start.
  - A change that a killed run left unconfirmed is applied again and waits for confirmation again.
options:
  name:
    description: Name of the guard.
    type: str
    required: true
  files:
    description: The files, as M(managed_files) takes them.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where it lies., type: path, required: true}
      content: {description: Its whole content., type: str, required: true}
      mode: {description: Octal., type: str, default: "0644"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
  validate:
    description: Words of a command that accepts or refuses a file; C(%s) is the new file.
    type: list
    elements: str
    default: []
  validate_path:
    description: The one file that O(validate) is for.
    type: path
  apply:
    description: Words of a command that makes the running program use the files.
    type: list
    elements: str
    default: []
  packet_filter:
    description: The files are a ruleset of nft; what runs is compared too, and restored on a roll back.
    type: bool
    default: false
  timeout:
    description: Seconds until the roll back.
    type: int
    default: 60
  confirm:
    description: Keep the change; fails where it was rolled back before.
    type: bool
    default: false
author: Kogge
"""

EXAMPLES = r"""
- name: Load the packet filter
  guarded_config:
    name: firewall
    files: "{{ firewall_files }}"
    validate: [nft, --check, --file, "%s"]
    validate_path: /etc/nftables.conf
    apply: [nft, --file, /etc/nftables.conf]
    packet_filter: true
"""

RETURN = r"""
changes:
  description: One line per file or state that differed.
  type: list
  elements: str
  returned: always
"""

import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.guard import Guard, GuardError
from ansible.module_utils.owned_files import FILE_OPTIONS, OwnedFile, summary
from ansible.module_utils.packet_filter import canonical, running


def main() -> None:
    """Confirm, or compare and change under guard."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "files": {"type": "list", "elements": "dict", "options": FILE_OPTIONS, "default": []},
            "validate": {"type": "list", "elements": "str", "default": []},
            "validate_path": {"type": "path"},
            "apply": {"type": "list", "elements": "str", "default": []},
            "packet_filter": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 60},
            "confirm": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    guard = Guard(module, module.params["name"])
    if module.params["confirm"]:
        confirm(module, guard)
    files = [OwnedFile(wanted) for wanted in module.params["files"]]
    try:
        changes = differences(module, guard, files)
    except OSError as error:
        module.fail_json(msg=str(error))
    if changes:
        validate(module, files)
        if not module.check_mode:
            change(module, guard, files)
    module.exit_json(changed=bool(changes), changes=changes)


def differences(module: AnsibleModule, guard: Guard, files: list[OwnedFile]) -> list[str]:
    """Return what differs: files, the loaded packet filter, a change that nobody confirmed."""
    found = summary({file.path: what for file in files if (what := file.differences())})
    if module.params["packet_filter"]:
        for file in files:
            if running(module) != canonical(module, file.content.decode()):
                found.append(f"{file.path}: the loaded rules differ")
    if guard.left():
        found.append(f"{module.params['name']}: an earlier change was never confirmed")
    return found


def validate(module: AnsibleModule, files: list[OwnedFile]) -> None:
    """Let the program judge the file before anything is touched."""
    for file in files:
        if not module.params["validate"] or file.path != module.params["validate_path"]:
            continue
        if module.check_mode and module.get_bin_path(module.params["validate"][0]) is None:
            # A first check run on a fresh host: the package that brings the program is not there yet.
            continue
        with tempfile.NamedTemporaryFile(prefix="kogge-validate-") as candidate:
            candidate.write(file.content)
            candidate.flush()
            words = [word.replace("%s", candidate.name) for word in module.params["validate"]]
            code, output, complaint = module.run_command(words)
        if code != 0:
            module.fail_json(msg=f"{file.path} was not written: {words[0]} refuses it: {(complaint or output).strip()}")


def change(module: AnsibleModule, guard: Guard, files: list[OwnedFile]) -> None:
    """Arm the way back, write, apply; go back at once when the program does not start with it."""
    params = module.params
    paths = [file.path for file in files]
    try:
        guard.arm(paths, params["apply"], packet_filter=params["packet_filter"], seconds=params["timeout"])
    except (OSError, GuardError) as error:
        module.fail_json(msg=f"nothing was changed, for there would be no way back: {error}")
    try:
        for file in files:
            file.write()
    except OSError as error:
        go_back(module, guard, f"nothing was changed: {error}")
    code, output, complaint = module.run_command(params["apply"])
    if code != 0:
        go_back(module, guard, f"put back, for {params['apply'][0]} failed: {(complaint or output).strip()}")


def go_back(module: AnsibleModule, guard: Guard, reason: str) -> None:
    """Put everything back and end with ``reason``."""
    try:
        guard.restore()
    except GuardError as error:
        reason += f" ({error})"
    module.fail_json(msg=reason)


def confirm(module: AnsibleModule, guard: Guard) -> None:
    """Keep the change: this call came over a connection that it let in."""
    name = module.params["name"]
    if module.check_mode:
        module.exit_json(changed=True, changes=[f"{name}: would be confirmed"])
    try:
        guard.confirm()
    except (OSError, GuardError) as error:
        module.fail_json(msg=f"{name}: {error}")
    module.exit_json(changed=True, changes=[f"{name}: confirmed"])


if __name__ == "__main__":
    main()
