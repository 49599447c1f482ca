#!/usr/bin/python3
"""Ansible module: files that a role owns, compared and written as a set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: managed_files
short_description: Own a set of files
description:
  - Makes a set of files exactly what the document says, each in one step, and removes files that must not be.
  - A file with a validation is written only when the program accepts it. Nothing is written when one is refused.
options:
  files:
    description: The files; O(files[].content) is the whole content.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where it lies., type: path, required: true}
      content: {description: Its whole content., type: str, required: true}
      mode: {description: Octal., type: str, default: "0644"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
  absent:
    description: Paths that must not exist.
    type: list
    elements: path
    default: []
  validate:
    description: Words of a command that accepts or refuses a file; C(%s) is the new file.
    type: list
    elements: str
    default: []
  apply:
    description: Words of a command that makes the running program use the files, run when one of them was changed.
    type: list
    elements: str
    default: []
  machine_only:
    description: Leave out O(apply) in a container, which has no audit or clock of its own.
    type: bool
    default: false
author: Kogge
"""

EXAMPLES = r"""
- name: Write the rule of sudo
  managed_files:
    files: [{path: /etc/sudoers.d/kogge, content: "kogge ALL=(ALL:ALL) NOPASSWD: ALL\n", mode: "0440"}]
    validate: [visudo, -c, -f, "%s"]
"""

RETURN = r"""
changes:
  description: One line per file that differed.
  type: list
  elements: str
  returned: always
"""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.held_directory import HeldDirectory
from ansible.module_utils.owned_files import FILE_OPTIONS, OwnedFile, summary


def main() -> None:
    """Compare, validate, write."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "options": FILE_OPTIONS, "default": []},
            "absent": {"type": "list", "elements": "path", "default": []},
            "validate": {"type": "list", "elements": "str", "default": []},
            "apply": {"type": "list", "elements": "str", "default": []},
            "machine_only": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        changes = converge(module, [OwnedFile(wanted) for wanted in module.params["files"]])
    except OSError as error:
        module.fail_json(msg=str(error))
    if changes and module.params["apply"] and not module.check_mode:
        apply(module)
    module.exit_json(changed=bool(changes), changes=changes)


def converge(module: AnsibleModule, files: list[OwnedFile]) -> list[str]:
    """Write what differs and remove what must not be; return one line per path."""
    different = {file.path: what for file in files if (what := file.differences())}
    surplus = [path for path in module.params["absent"] if exists(path)]
    pending = [file for file in files if file.path in different]
    if module.params["validate"]:
        for file in pending:
            validate(module, file)
    if not module.check_mode:
        for file in pending:
            file.write()
        for path in surplus:
            remove(path)
    return summary({**different, **{path: ["must not exist"] for path in surplus}})


def exists(path: str) -> bool:
    """Tell whether anything bears a path."""
    directory, name = os.path.split(path)
    try:
        with HeldDirectory(directory) as held:
            return held.status(name) is not None
    except FileNotFoundError:
        return False


def remove(path: str) -> None:
    """Remove a file or link."""
    directory, name = os.path.split(path)
    with HeldDirectory(directory) as held:
        held.remove(name)


def apply(module: AnsibleModule) -> None:
    """Make the running program use what was written."""
    if module.params["machine_only"] and module.run_command(["systemd-detect-virt", "--container"])[0] == 0:
        return
    code, output, complaint = module.run_command(module.params["apply"])
    if code != 0:
        module.fail_json(msg=f"written, but {module.params['apply'][0]} failed: {(complaint or output).strip()}")


def validate(module: AnsibleModule, file: OwnedFile) -> None:
    """Let the program that reads the file judge it before it is in place."""
    with tempfile.NamedTemporaryFile(prefix="kogge-validate-") as candidate:
        candidate.write(file.content)
        candidate.flush()
        words = [word.replace("%s", candidate.name) for word in module.params["validate"]]
        code, output, complaint = module.run_command(words)
    if code != 0:
        module.fail_json(msg=f"{file.path} was not written: {words[0]} refuses it: {(complaint or output).strip()}")


if __name__ == "__main__":
    main()
