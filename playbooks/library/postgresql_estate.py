#!/usr/bin/python3
"""Ansible module: all databases and roles of the tenants of one host, as one set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_estate
short_description: Own the databases and roles of a PostgreSQL cluster
description:
  - Takes the complete wanted set, reads the catalogs once, computes the difference and applies it.
  - Which roles there are, what each kind of them is, and who may do what in which database, stands in the set.
  - A database whose owner is another role is behind a fence, its role reads and cannot write; the owner is the role
    that was there before, renamed and without a login. The way back drops the reading role, which owns nothing.
  - Rights inside a tenant's database are changed by a role that is a member of owner and reader while it does.
  - Of the rest only the roles are dropped that Kogge made once and makes no more; what is not wanted is returned as
    foreign.
options:
  cluster:
    description:
      - The part C(database) of the host's document. Read are port, encoding, superuser, kinds, roles, rights,
        databases, own_databases, fence, fence_role, facts_role, template and retired_roles.
    type: dict
    required: true
  verifiers:
    description: Name of a role and its SCRAM verifier; never a password.
    type: dict
    required: true
author: Kogge
"""

EXAMPLES = r"""
- name: Serve the tenants' databases
  postgresql_estate:
    cluster: "{{ database_document.database }}"
    verifiers: "{{ database_document.verifiers }}"
"""

RETURN = r"""
changes:
  description: One line per difference, at most 200; change_count has them all.
  type: list
  elements: str
  returned: always
change_count:
  description: How many differences there were.
  type: int
  returned: always
foreign:
  description: Databases and roles that nobody declared.
  type: list
  elements: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postgresql import Unavailable
from ansible.module_utils.postgresql_cluster import Cluster, Refused
from ansible.module_utils.postgresql_plan import Wanted, foreign

SHOWN = 200


def main() -> None:
    """Read, plan, apply."""
    module = AnsibleModule(
        argument_spec={
            "cluster": {"type": "dict", "required": True},
            "verifiers": {"type": "dict", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    wanted = Wanted(module.params["cluster"], module.params["verifiers"])
    # A search for thousands of verifiers in the result costs more than the run, and the result holds none: parameters
    # are left out of it (``invocation``), changes name roles and databases only.
    module.no_log_values = set()
    try:
        cluster = Cluster(wanted, check=module.check_mode)
    except Unavailable as reason:
        if not module.check_mode:
            module.fail_json(invocation={}, msg=f"no connection to PostgreSQL: {reason}")
        lines = [f"database {name}: missing" for name in wanted.databases]
        module.exit_json(invocation={}, changed=True, changes=lines[:SHOWN], change_count=len(lines), foreign=[])
    try:
        cluster.converge()
    except Unavailable as reason:
        module.fail_json(invocation={}, msg=f"PostgreSQL stopped answering: {reason}")
    except Refused as reason:
        module.fail_json(invocation={}, msg=str(reason))
    if cluster.left:
        module.fail_json(invocation={}, msg="everything else was done; " + "; ".join(cluster.left))
    told = [step.text for step in cluster.steps if not step.implied]
    module.exit_json(
        invocation={},
        changed=bool(cluster.steps),
        changes=told[:SHOWN],
        change_count=len(told),
        foreign=foreign(wanted, cluster.catalogs),
    )


if __name__ == "__main__":
    main()
