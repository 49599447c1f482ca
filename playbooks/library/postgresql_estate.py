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
  - Nothing else is ever dropped; what is not wanted is returned as foreign.
options:
  cluster:
    description:
      - The part C(database) of the host's document. Read are port, encoding, superuser, kinds, roles, rights,
        databases, own_databases and fence.
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
from ansible.module_utils.postgresql import Unavailable, connect
from ansible.module_utils.postgresql_catalogs import Catalogs
from ansible.module_utils.postgresql_fence import closing, crossings, gaps
from ansible.module_utils.postgresql_plan import Wanted, foreign, plan
from ansible.module_utils.postgresql_step import Step

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
        connection = connect(wanted.cluster["port"])
    except Unavailable as reason:
        if not module.check_mode:
            module.fail_json(invocation={}, msg=f"no connection to PostgreSQL: {reason}")
        lines = [f"database {name}: missing" for name in wanted.databases]
        module.exit_json(invocation={}, changed=True, changes=lines[:SHOWN], change_count=len(lines), foreign=[])
    try:
        steps, catalogs = converge(module, connection, wanted)
    except Unavailable as reason:
        module.fail_json(invocation={}, msg=f"PostgreSQL stopped answering: {reason}")
    told = [step.text for step in steps if not step.implied]
    module.exit_json(
        invocation={},
        changed=bool(steps),
        changes=told[:SHOWN],
        change_count=len(told),
        foreign=foreign(wanted, catalogs),
    )


def converge(module: AnsibleModule, connection, wanted: Wanted) -> tuple[list[Step], Catalogs]:
    """Apply every difference, or in a check run find it; return the steps, and the catalogs they were computed from.

    Fences come first: what else differs shows only when roles have the names they will have.
    """
    catalogs = Catalogs(connection)
    steps = crossings(wanted, catalogs)
    if steps and not module.check_mode:
        apply(module, connection, steps)
        catalogs = Catalogs(connection)
    others = plan(wanted, catalogs)
    if not module.check_mode:
        apply(module, connection, others)
    steps += others
    for name in wanted.keepers.values():
        # A check run looks into what is there and open; a run has made and opened all of them by now.
        if not module.check_mode or catalogs.databases.get(name, {"allows": False})["allows"]:
            steps += close_gaps(module, connection, name, wanted)
    return steps, catalogs


def close_gaps(module: AnsibleModule, connection, name: str, wanted: Wanted) -> list[Step]:
    """Let the role of a fenced database read all of it, and write nothing; return the steps."""
    steps = []
    fence, keeper = wanted.cluster["fence"], wanted.databases[name]["keeper"]
    inside = connect(wanted.cluster["port"], name)
    # Twice: what the role owned and gives back it may not read yet.
    for _ in range(2):
        found = closing(name, keeper, fence, gaps(inside, name, fence))
        steps += found
        if not found or module.check_mode:
            break
        apply(module, connection, found)
    inside.close()
    return steps


def apply(module: AnsibleModule, connection, steps: list) -> None:
    """Run the statements: those of one database there, those that may share a transaction together, others alone."""
    import psycopg2

    batch: list = []
    done = ""
    try:
        for step in [step for step in steps if step.database is not None]:
            done = step.text
            inside = connect(module.params["cluster"]["port"], step.database)
            with inside.cursor() as cursor:
                cursor.execute("BEGIN; " + step.statement(cursor) + "; COMMIT")
            inside.close()
        with connection.cursor() as cursor:
            for step in [*(step for step in steps if step.database is None), None]:
                if batch and (step is None or step.alone or len(batch) >= 500):
                    done = batch[0].text
                    cursor.execute("BEGIN; " + "; ".join(item.statement(cursor) for item in batch) + "; COMMIT")
                    batch = []
                if step is None:
                    break
                if step.alone:
                    done = step.text
                    cursor.execute(step.statement(cursor))
                else:
                    batch.append(step)
    except psycopg2.Error as error:
        # The statement may hold a verifier; the diagnosis of the server does not.
        module.fail_json(invocation={}, msg=f"{done}: {error.diag.message_primary or type(error).__name__}")


if __name__ == "__main__":
    main()
