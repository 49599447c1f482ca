#!/usr/bin/python3
"""Ansible module: roles, databases and rules of a PostgreSQL cluster, as they are. Reads only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_facts
short_description: Read what the catalogs of PostgreSQL say
description:
  - Returns roles, settings, memberships, databases, the rules of pg_hba.conf as the server reads them, and settings
    that do not come from our file. Of a verifier it returns a digest, never the verifier.
  - Looks into every declared database with one short connection each, as a role that may connect and nothing more, for
    what others than its owner may do there.
options:
  question:
    description:
      - What to read, as the host's state asks. C(port) of the cluster; C(role) that looks into databases; C(own), the
        roles of each declared database whose rights in it are not asked for; C(keepers), each fenced database and
        the role that owns it; C(fence), what the role of a fenced database may do there.
    type: dict
    required: true
author: Kogge
"""

EXAMPLES = r"""
- name: Read PostgreSQL
  postgresql_facts:
    question: "{{ kogge_question.database }}"
"""

RETURN = r"""
facts:
  description: One key per catalog, or C(unavailable) with the reason.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postgresql import Unavailable
from ansible.module_utils.postgresql_reading import read


def main() -> None:
    """Read everything once."""
    module = AnsibleModule(
        argument_spec={"question": {"type": "dict", "required": True}},
        supports_check_mode=True,
    )
    try:
        facts = read(module.params["question"])
    except Unavailable as reason:
        facts = {"unavailable": str(reason)}
    module.exit_json(changed=False, facts=facts)


if __name__ == "__main__":
    main()
