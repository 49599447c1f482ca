"""``kogge sandbox``: the local platform for development and tests.

The only module of the product that imports ``sandbox``, and only when one of its commands runs.
"""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kogge.cli.app import root_option
from kogge.cli.examples import examples
from kogge.cli.output import say, say_json
from kogge.errors import ExitCode
from kogge.places import CHECKOUT

if TYPE_CHECKING:
    from sandbox.controlplane.status import SandboxStatus
    from sandbox.hosts.fleet import MachineStatus

app = typer.Typer(no_args_is_help=True, help="Start, show and remove the local platform.")


@app.command(epilog=examples("kogge sandbox up", "kogge sandbox up --hosts"))
def up(
    ctx: typer.Context,
    new_ports: bool = typer.Option(False, "--new-ports", help="Choose other ports; the data stays."),
    hosts: bool = typer.Option(False, "--hosts", help="Boot the hosts of platform.yaml too (Linux, as root)."),
) -> None:
    """Start the local control plane, or what of it does not run."""
    from sandbox.controlplane.state import locate
    from sandbox.controlplane.up import up as start

    state = locate(root_option(ctx))
    outcome = start(state, CHECKOUT, new_ports=new_ports)
    if outcome.started:
        say(f"sandbox ready in {outcome.seconds:.1f} s, in {state.directory}")
    else:
        say(f"sandbox runs already, in {state.directory}")
    _sign_keys(root_option(ctx))
    if hosts:
        from kogge.estate import require_estate
        from sandbox.hosts.fleet import up as boot

        plan = boot(require_estate(root_option(ctx)).platform, state.directory / "hosts")
        say(f"{len(plan.machines)} hosts run; 'ssh -F {plan.access / 'config'} {plan.machines[0].name}'")


@app.command(epilog=examples("kogge sandbox status", "kogge sandbox status --json"))
def status(ctx: typer.Context, as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Show each process, the cluster and the room it takes. Exit code 1 when something does not run."""
    from sandbox.controlplane.state import locate
    from sandbox.controlplane.status import as_json as rendered
    from sandbox.controlplane.status import read
    from sandbox.hosts.fleet import status as read_hosts

    state = locate(root_option(ctx))
    found, machines = read(state), read_hosts(state.directory / "hosts")
    if as_json:
        hosts = [dataclasses.asdict(machine) for machine in machines]
        say_json({**rendered(found), "hosts": hosts})
    else:
        say("\n".join([_table(found), *_host_rows(machines)]))
    if not found.running:
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=examples("kogge sandbox down", "kogge sandbox down --keep"))
def down(
    ctx: typer.Context,
    keep: bool = typer.Option(False, "--keep", help="Only stop; 'kogge sandbox up' continues with the same data."),
) -> None:
    """Stop the local platform and remove its data."""
    from sandbox.controlplane.down import down as stop
    from sandbox.controlplane.state import locate
    from sandbox.hosts.fleet import down as stop_hosts

    state = locate(root_option(ctx))
    only_hosts = (state.directory / "hosts").is_dir() and not state.marker.exists()
    stop_hosts(state.directory / "hosts", keep=keep)
    existed = only_hosts or stop(state, keep=keep)
    if not existed:
        say(f"no sandbox in {state.directory}")
    elif keep:
        say(f"sandbox stopped; its data stays in {state.directory}")
    else:
        say(f"sandbox removed from {state.directory}")


@app.command(epilog=examples("kogge sandbox tools"))
def tools(ctx: typer.Context) -> None:
    """Make the programs ready that Kogge and the sandbox run; what is ready already is kept."""
    del ctx
    from sandbox.tools.toolset import is_current, prepare

    if is_current(CHECKOUT):
        say("tools are ready")
        return
    prepared = prepare(CHECKOUT)
    say(f"{len(prepared)} tools are ready")


def _sign_keys(root: Path) -> None:
    """Bring the sandbox's own keys over that a version before signatures made."""
    from kogge.deploy.keys import sign_sandbox_keys
    from kogge.estate import load_estate

    estate = load_estate(root).estate
    signed = sign_sandbox_keys(estate) if estate is not None else ()
    if signed:
        say(f"signed the sandbox's own keys: {', '.join(signed)}")


def _host_rows(machines: tuple[MachineStatus, ...]) -> list[str]:
    if not machines:
        return []
    rows = ["", f"{'host':<26}{'pid':>8}  {'address':<20}{'memory':>8}"]
    for machine in machines:
        state = machine.address if machine.pid else "does not run"
        rows.append(f"{machine.name:<26}{machine.pid or '-':>8}  {state:<20}{machine.memory // 1024**2:>5} MB")
    return rows


def _table(found: SandboxStatus) -> str:
    rows = [f"{'process':<26}{'pid':>8}  {'since':<20}{'memory':>8}  port"]
    for process in found.processes:
        since = datetime.datetime.fromtimestamp(process.since).astimezone() if process.since else None
        when = since.strftime("%Y-%m-%d %H:%M:%S") if since else "does not run"
        memory = f"{process.memory_bytes // 1024**2} MB" if process.memory_bytes else ""
        rows.append(f"{process.name:<26}{process.pid or '-':>8}  {when:<20}{memory:>8}  {process.port or ''}")
    cluster = found.cluster
    told = cluster.reason or f"Kubernetes {cluster.kubernetes}, {cluster.nodes_ready} of {cluster.nodes} nodes ready"
    rows += ["", f"{cluster.name}: {told}", f"{found.directory}: {found.disk_bytes // 1024**2} MB on disk"]
    return "\n".join(rows)
