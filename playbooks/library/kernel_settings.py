#!/usr/bin/python3
"""Ansible module: kernel settings as they are now, whatever the files say."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_settings
short_description: Set kernel parameters that differ
description:
  - Reads each parameter and writes those that differ. Files that make them last belong to M(managed_files).
  - A parameter that this kind of machine does not let anybody write is returned as not verifiable.
options:
  settings:
    description: Name with dots and value.
    type: dict
    required: true
author: Kogge
"""

EXAMPLES = r"""
- name: Set what protects links
  kernel_settings:
    settings: {fs.protected_symlinks: "1"}
"""

RETURN = r"""
changes:
  description: One line per parameter that differed.
  type: list
  elements: str
  returned: always
not_verifiable:
  description: Parameters that cannot be written here and differ.
  type: list
  elements: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.sysctl import read_setting, writable, write_setting


def main() -> None:
    """Compare and write."""
    module = AnsibleModule(argument_spec={"settings": {"type": "dict", "required": True}}, supports_check_mode=True)
    settings = module.params["settings"]
    differing = {name: value for name, value in settings.items() if read_setting(name) != str(value)}
    blocked = sorted(name for name in differing if not writable(name))
    changes = []
    for name, value in differing.items():
        if name in blocked:
            continue
        changes.append(f"{name}: {read_setting(name)}")
        if not module.check_mode:
            write_setting(name, str(value))
    module.exit_json(changed=bool(changes), changes=changes, not_verifiable=blocked)


if __name__ == "__main__":
    main()
