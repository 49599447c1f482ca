"""States of systemd units, read with one call."""

from __future__ import annotations

_PROPERTIES = (
    "Id",
    "LoadState",
    "UnitFileState",
    "ActiveState",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "NeedDaemonReload",
)


class Unit:
    """What systemd knows of one unit."""

    def __init__(self, properties: dict[str, str]) -> None:
        self.load_state = properties.get("LoadState", "not-found")
        self.file_state = properties.get("UnitFileState") or self.load_state
        self.active_state = properties.get("ActiveState", "inactive")
        tried = properties.get("ConditionTimestampMonotonic", "0") != "0"
        self.unfit = self.active_state in ("inactive", "failed") and tried and properties.get("ConditionResult") == "no"
        """A condition of the unit's own keeps it from running here."""

        self.failed = self.active_state == "failed"
        self.outdated = properties.get("NeedDaemonReload") == "yes"
        """Its files on the disk are newer than what systemd knows."""

    @property
    def masked(self) -> bool:
        """Whether it cannot be started."""
        return self.file_state == "masked" or self.load_state == "masked"

    @property
    def enabled(self) -> bool:
        """Whether it starts with the machine."""
        return self.file_state in ("enabled", "enabled-runtime", "static", "indirect", "generated", "alias")

    @property
    def up(self) -> bool:
        """Whether it runs, or cannot run on this kind of machine; a failure of earlier is forgotten by a start."""
        return self.active_state in ("active", "activating", "reloading") or (self.unfit and not self.failed)

    def as_fact(self) -> dict:
        """Return the state as JSON."""
        return {
            "load": self.load_state,
            "file": self.file_state,
            "active": self.active_state,
            "unfit": self.unfit,
        }


def read_units(module, names: list[str]) -> dict[str, Unit]:
    """Return the state of each unit; one that does not exist has the load state ``not-found``."""
    found: dict[str, Unit] = {}
    # systemctl prints the blocks in the order of the names, so an alias answers under the name that was asked for.
    if names:
        words = ["systemctl", "show", f"--property={','.join(_PROPERTIES)}", "--", *names]
        code, output, complaint = module.run_command(words)
        if code != 0:
            module.fail_json(msg=f"systemctl show: {complaint.strip()}")
        for name, block in zip(names, output.strip("\n").split("\n\n")):
            found[name] = Unit(dict(line.split("=", 1) for line in block.splitlines() if "=" in line))
    return found
