"""Bringing a PostgreSQL cluster to what is wanted: which steps run where, as whom, and in which order.

What the steps are is decided in ``postgresql_plan`` and ``postgresql_fence``.
"""

from __future__ import annotations

from ansible.module_utils.postgresql import Unavailable, administer, connect, enter
from ansible.module_utils.postgresql_catalogs import Catalogs, power
from ansible.module_utils.postgresql_fence import (
    closing,
    crossings,
    gaps,
    given_back,
    members,
    reservation,
    reserving,
    taken_down,
    to_take_down,
)
from ansible.module_utils.postgresql_plan import own_roles, plan, template_finished, template_made
from ansible.module_utils.postgresql_step import Step

TOGETHER = 500
"""Statements in one transaction."""


class Refused(Exception):
    """PostgreSQL refused a step; the message says which, and why, without any verifier."""


class Cluster:
    """A cluster while it is converged: every step so far, of which a check run takes none.

    It is a class because the steps of one database depend on what those before did: catalogs are read again in between.
    """

    def __init__(self, wanted, *, check: bool) -> None:
        self.connection = connect(wanted.cluster["port"])
        self.catalogs = Catalogs(self.connection)
        self.steps: list[Step] = []
        self.left: list[str] = []
        """Databases whose fence could not be closed or taken down, and why; everything else was done."""

        self._wanted = wanted
        self._check = check

    def converge(self) -> None:
        """Apply every difference, or in a check run find it; ``catalogs`` are those the plan was computed from.

        Fences come first: what else differs shows only when roles have the names they will have. Raises Refused, and
        Unavailable when the server stops answering.
        """
        # What an earlier run left when it was killed is taken away before anything is given.
        if not self._check:
            self._run(own_roles(self._wanted, self.catalogs))
        self._make_template()
        self._run(crossings(self._wanted, self.catalogs))
        for name in to_take_down(self._wanted, self.catalogs):
            try:
                self._take_down(name)
            except (Refused, Unavailable) as reason:
                self.left.append(f"database {name}: its fence still stands: {reason}")
                self._wanted = self._wanted.without(name)
        if self.steps and not self._check:
            self.catalogs = Catalogs(self.connection)
        self._run(plan(self._wanted, self.catalogs))
        for name in self._wanted.keepers.values():
            try:
                self._close_gaps(name)
            except (Refused, Unavailable) as reason:
                self.left.append(f"database {name}: its fence is not closed: {reason}")

    def _run(self, steps: list[Step]) -> None:
        self.steps += steps
        if not self._check:
            apply(self.connection, steps)

    def _make_template(self) -> None:
        """Make what tenants' databases are copied from. It is closed when it is finished, so an open one is not."""
        name, fence = self._wanted.cluster["template"], self._wanted.cluster["fence"]
        if not self.catalogs.databases.get(name, {"allows": True})["allows"]:
            return
        if name not in self.catalogs.databases:
            self._run([template_made(self._wanted)])
        if not self._check:
            step = reservation(name, f"database {name}: everybody may make large objects", fence)
            _within(administer(self._wanted.cluster["port"], name), [step])
        self._run([template_finished(self._wanted)])

    def _take_down(self, name: str) -> None:
        keeper, reader = self._wanted.databases[name]["keeper"], name in self.catalogs.roles
        if not self._check:
            before, after = members(self._wanted.cluster["fence_role"], name, keeper, self.catalogs.roles)
            apply(self.connection, before)
            try:
                self._give_back(name, keeper, reader=reader)
            finally:
                apply(self.connection, after)
        self._run([taken_down(name, keeper, self._wanted, reader=reader)])

    def _give_back(self, name: str, keeper: str, *, reader: bool) -> None:
        """Leave the owner all that is in its database, and the functions that an earlier fence took from everybody."""
        inside = self._enter(name)
        try:
            found = gaps(inside, name, self._wanted.cluster["fence"])
            if reader:
                apply(inside, [given_back(name, keeper)])
        finally:
            inside.close()
        self._reserve(name, found)

    def _close_gaps(self, name: str) -> None:
        """Let the role of a fenced database read all of it, and write nothing."""
        cluster, keeper = self._wanted.cluster, self._wanted.databases[name]["keeper"]
        try:
            looking = enter(cluster["port"], cluster["facts_role"], name, read_only=True)
        except Unavailable:
            if self._check:
                # What is not there yet cannot be looked into; that it is missing is told.
                return
            raise
        try:
            found = gaps(looking, name, cluster["fence"])
        finally:
            looking.close()
        if self._check:
            self.steps += [*closing(name, keeper, cluster["fence"], found), *reserving(name, cluster["fence"], found)]
            return
        if found:
            before, after = members(cluster["fence_role"], name, keeper, self._wanted.roles)
            apply(self.connection, before)
            try:
                self._close(name, keeper)
            finally:
                apply(self.connection, after)

    def _close(self, name: str, keeper: str) -> None:
        """Close what belongs to the roles of the database; what belongs to others goes on being a finding."""
        fence = self._wanted.cluster["fence"]
        inside, before = self._enter(name), None
        try:
            # Again and again: what the role owned and gives back it may not read yet, and there may be more.
            while (found := gaps(inside, name, fence, owned=True)) and found != before:
                steps, before = closing(name, keeper, fence, found), found
                apply(inside, steps)
                self.steps += steps
        finally:
            inside.close()
        self._reserve(name, found)

    def _enter(self, name: str):
        cluster = self._wanted.cluster
        too_much = power(self.connection, cluster["fence_role"])
        if too_much:
            raise Unavailable(f"role {cluster['fence_role']} has the power of {too_much}")
        return enter(cluster["port"], cluster["fence_role"], name, read_only=False)

    def _reserve(self, name: str, found: list[dict[str, str]]) -> None:
        steps = reserving(name, self._wanted.cluster["fence"], found)
        if steps:
            _within(administer(self._wanted.cluster["port"], name), steps)
            self.steps += steps


def _within(connection, steps: list[Step]) -> None:
    """Run steps on a connection that is for them alone."""
    try:
        apply(connection, steps)
    finally:
        connection.close()


def apply(connection, steps: list[Step]) -> None:
    """Run statements: those that may share a transaction together, others alone.

    Raises Refused.
    """
    import psycopg2

    batch: list[Step] = []
    done = ""
    try:
        with connection.cursor() as cursor:
            for step in [*steps, None]:
                if batch and (step is None or step.alone or len(batch) >= TOGETHER):
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
        raise Refused(f"{done}: {error.diag.message_primary or type(error).__name__}") from None
