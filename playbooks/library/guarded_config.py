#!/usr/bin/python3
"""Ansible module: a change that can lock its author out, with a way back that needs nobody."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guarded_config
short_description: Change what the connection itself depends on, and roll back unless confirmed
description:
  - Checks the new files with their program, arms a timer that restores files and state, then writes and applies.
  - A second call with O(confirm=true), made over a new connection, disarms the timer. Without it the host
    restores itself.
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
    description: Disarm the timer and keep the change.
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

import os
import shlex
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.owned_files import FILE_OPTIONS, OwnedFile, read, summary
from ansible.module_utils.packet_filter import canonical, running

GUARDS = "/var/lib/kogge/guard"


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
    if module.params["confirm"]:
        confirm(module)
    files = [OwnedFile(wanted) for wanted in module.params["files"]]
    changes = differences(module, files)
    if changes:
        validate(module, files)
        if not module.check_mode:
            change(module, files)
    module.exit_json(changed=bool(changes), changes=changes)


def differences(module: AnsibleModule, files: list[OwnedFile]) -> list[str]:
    """Return what differs: files, the loaded packet filter, a change that nobody confirmed."""
    found = summary({file.path: what for file in files if (what := file.differences())})
    if module.params["packet_filter"]:
        for file in files:
            if running(module) != canonical(module, file.content):
                found.append(f"{file.path}: the loaded rules differ")
    if os.path.isdir(directory(module)):
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


def change(module: AnsibleModule, files: list[OwnedFile]) -> None:
    """Arm the way back, write, apply; go back at once when the program does not start with it."""
    arm(module, files)
    try:
        for file in files:
            file.write()
    except OSError as error:
        restore(module)
        module.fail_json(msg=f"nothing was changed: {error}")
    code, output, complaint = module.run_command(module.params["apply"])
    if code != 0:
        restore(module)
        module.fail_json(msg=f"put back, for {module.params['apply'][0]} failed: {(complaint or output).strip()}")


def arm(module: AnsibleModule, files: list[OwnedFile]) -> None:
    """Keep what is there now, unless an unconfirmed change already keeps what was good, and start the timer."""
    guard = directory(module)
    if not os.path.isdir(guard):
        os.makedirs(GUARDS, mode=0o700, exist_ok=True)
        making = tempfile.mkdtemp(dir=GUARDS, prefix=".making-")
        lines = ["#!/bin/sh\n", "# Restores what was there before a change that nobody confirmed.\n"]
        for number, file in enumerate(files):
            lines.append(keep(file.path, f"{guard}/{number}", f"{making}/{number}"))
        if module.params["packet_filter"]:
            code, rules = module.run_command(["nft", "list", "ruleset"])[:2]
            write(f"{making}/ruleset", "flush ruleset\n" + (rules if code == 0 else ""))
            lines.append(f"nft --file {guard}/ruleset\n")
        else:
            lines.append(shlex.join(module.params["apply"]) + "\n")
        lines.append(f"rm -rf {guard}\n")
        write(f"{making}/restore", "".join(lines))
        os.rename(making, guard)
    unit = f"kogge-guard-{module.params['name']}"
    module.run_command(["systemctl", "stop", f"{unit}.timer"])
    words = ["systemd-run", "--quiet", f"--unit={unit}", f"--on-active={module.params['timeout']}"]
    words += ["--timer-property=AccuracySec=1s", "--collect", "/bin/sh", f"{guard}/restore"]
    module.run_command(words, check_rc=True)


def keep(path: str, kept: str, now: str) -> str:
    """Copy ``path`` to ``now`` and return the line that puts it back from ``kept``, where the copy will lie."""
    if read(path) is None:
        return f"rm -f {shlex.quote(path)}\n"
    shutil.copy2(path, now)
    status = os.stat(path)
    os.chown(now, status.st_uid, status.st_gid)
    return f"cp -p {kept} {shlex.quote(path)}\n"


def restore(module: AnsibleModule) -> None:
    """Go back now."""
    module.run_command(["systemctl", "stop", f"kogge-guard-{module.params['name']}.timer"])
    module.run_command(["/bin/sh", f"{directory(module)}/restore"])


def confirm(module: AnsibleModule) -> None:
    """Disarm: this call came over a connection that the change let in."""
    if module.check_mode:
        module.exit_json(changed=True, changes=[f"{module.params['name']}: would be confirmed"])
    guard = directory(module)
    armed = os.path.isdir(guard)
    module.run_command(["systemctl", "stop", f"kogge-guard-{module.params['name']}.timer"])
    if armed:
        shutil.rmtree(guard)
    module.exit_json(changed=armed, changes=[f"{module.params['name']}: confirmed"] if armed else [])


def directory(module: AnsibleModule) -> str:
    """Return where the guard keeps what was there before."""
    return f"{GUARDS}/{module.params['name']}"


def write(path: str, text: str) -> None:
    """Write a file of the guard."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
