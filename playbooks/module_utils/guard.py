"""The way back of a change that can lock its author out: what was there is kept until somebody confirms the change.

Three things put it back, all with the guard's script ``restore``: a timer while the machine runs, a unit at its next
boot ahead of packet filter and sshd, and the module itself when the program does not take the change. Who renames the
token ``armed`` first decides, ``restore`` (to ``undoing``) or the confirmation (to ``confirmed``); a directory without
such a token is what a killed step left. All of it is on the disk before anything is changed.

In the normal state nothing of this exists. The boot unit is a file of the guard, not of the role: a look at the host in
between says that something is pending.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile

from ansible.module_utils.held_directory import HeldDirectory

ROOT = "/var/lib/kogge/guard"
UNITS = "/etc/systemd/system"
ARMED_SINCE_BOOT = "/run/kogge-guard"
"""Gone after every boot. A unit that sysinit.target wants may be started at other times too, and must not act then."""
UNFINISHED = (".making-", ".kogge-")

RESTORE = """\
#!/bin/sh
# Puts back what was there before a change that nobody confirmed. "boot" says that no program runs yet which uses it.
guard={guard}
cd "$guard" || exit 0
mv -fT armed undoing 2>/dev/null
[ -e undoing ] || exit 0
failed=0
put() {{
    # A link needs no room on a full disk; a copy serves where the file lies on another one.
    fresh="${{2%/*}}/.kogge-guard-$1"
    rm -f "$fresh"
    {{ ln "$1" "$fresh" 2>/dev/null || cp -pP "$1" "$fresh"; }} &&
        sync "$fresh" && mv -fT "$fresh" "$2" && sync "${{2%/*}}" || failed=1
}}
{files}[ "$1" = boot ] || {{ {apply}; }} || failed=1
# What did not come back is tried again: by the next boot, and by the next run.
[ "$failed" = 0 ] || exit 1
rm -f {traces}
rm -f undoing
cd / && rm -rf "$guard"
"""

BOOT_UNIT = """\
[Unit]
Description=Undo a change of {name} that nobody confirmed before this boot
DefaultDependencies=no
RequiresMountsFor={guard}
ConditionPathExists={guard}/restore
ConditionPathExists=!{marker}
After=local-fs.target
Before=sysinit.target nftables.service ssh.service ssh.socket shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh {guard}/restore boot
"""


class GuardError(Exception):
    """There is no way back, or it was taken already."""


class Guard:
    """The guard of one kind of change; ``name`` is part of paths and units."""

    def __init__(self, module, name: str) -> None:
        self.module = module
        self.name = name
        self.directory = f"{ROOT}/{name}"
        self.timer = f"kogge-guard-{name}.timer"
        self.marker = f"{ARMED_SINCE_BOOT}-{name}"
        unit = f"kogge-guard-{name}-boot.service"
        self.boot_unit = f"{UNITS}/{unit}"
        self.boot_link = f"{UNITS}/sysinit.target.wants/{unit}"

    def left(self) -> bool:
        """Return whether an earlier change left something: it was not confirmed, or not to the end."""
        return any(map(os.path.lexists, (self.directory, self.boot_unit, self.boot_link)))

    def arm(self, paths: list[str], apply: list[str], *, packet_filter: bool, seconds: int) -> None:
        """Keep what is at ``paths``, unless an unconfirmed change keeps what was good, and start the ways back.

        Raises :class:`OSError` or :class:`GuardError`; nothing is left then of what this call made.
        """
        sweep()
        kept = self._keeps(paths)
        try:
            if not kept:
                self._keep(paths, apply, packet_filter=packet_filter)
            self._prepare_boot()
            self._start_timer(seconds)
        except (OSError, GuardError):
            if not kept:
                self._remove()
            raise

    def _keeps(self, paths: list[str]) -> bool:
        """Return whether the guard of an unconfirmed change can serve this one too; one that cannot is used up here."""
        if os.path.exists(f"{self.directory}/undoing"):
            os.rename(f"{self.directory}/undoing", f"{self.directory}/armed")
        if not os.path.exists(f"{self.directory}/armed"):
            self._remove()
            return False
        with open(f"{self.directory}/paths", encoding="utf-8") as file:
            if set(paths) <= set(file.read().splitlines()):
                return True
        self.restore()
        return False

    def _keep(self, paths: list[str], apply: list[str], *, packet_filter: bool) -> None:
        os.makedirs(ROOT, mode=0o700, exist_ok=True)
        making = tempfile.mkdtemp(dir=ROOT, prefix=".making-")
        try:
            lines = "".join(keep(path, f"{making}/{number}", number) for number, path in enumerate(paths))
            words = shlex.join(apply)
            if packet_filter:
                write(f"{making}/ruleset", self._loaded_rules())
                # Better the rules of the file than to stay locked out, where nft cannot read what it listed (iptables).
                words = f"nft --file ruleset || {words}"
            traces = shlex.join([self.boot_link, self.boot_unit, self.marker])
            script = RESTORE.format(guard=self.directory, files=lines, apply=words, traces=traces)
            write(f"{making}/restore", script)
            write(f"{making}/paths", "\n".join(paths))
            write(f"{making}/armed", "")
            sync(making)
            os.rename(making, self.directory)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        sync(ROOT)

    def _loaded_rules(self) -> str:
        code, rules, complaint = self.module.run_command(["nft", "list", "ruleset"])
        if code != 0:
            raise GuardError(f"nft cannot list what is loaded: {complaint.strip()}")
        return "flush ruleset\n" + rules

    def _prepare_boot(self) -> None:
        """Have the next boot go back, should the machine go down before the timer ends."""
        write(self.marker, "")
        fresh = f"{UNITS}/.kogge-guard-{self.name}"
        write(fresh, BOOT_UNIT.format(name=self.name, guard=self.directory, marker=self.marker))
        os.replace(fresh, self.boot_unit)
        sync(UNITS)
        os.makedirs(os.path.dirname(self.boot_link), exist_ok=True)
        if not os.path.lexists(self.boot_link):
            os.symlink(self.boot_unit, self.boot_link)
            sync(os.path.dirname(self.boot_link))

    def _start_timer(self, seconds: int) -> None:
        self._stop_timer()
        words = ["systemd-run", "--quiet", f"--unit={self.timer.removesuffix('.timer')}", f"--on-active={seconds}"]
        words += ["--timer-property=AccuracySec=1s", "--collect", "/bin/sh", f"{self.directory}/restore"]
        code, output, complaint = self.module.run_command(words)
        if code != 0:
            raise GuardError(f"systemd-run: {(complaint or output).strip()}")

    def _stop_timer(self) -> None:
        self.module.run_command(["systemctl", "stop", self.timer])

    def restore(self) -> None:
        """Go back now; where that fails the timer and the next boot try again.

        Raises :class:`GuardError` with what did not come back.
        """
        code, output, complaint = self.module.run_command(["/bin/sh", f"{self.directory}/restore"])
        if code != 0:
            raise GuardError(f"not everything could be put back: {(complaint or output).strip()}")
        self._stop_timer()

    def confirm(self) -> None:
        """Keep the change.

        Raises :class:`GuardError` where it was rolled back before.
        """
        try:
            os.rename(f"{self.directory}/armed", f"{self.directory}/confirmed")
        except FileNotFoundError as error:
            raise GuardError("the change was rolled back before it was confirmed") from error
        sync(self.directory)
        self._stop_timer()
        self._remove()

    def _remove(self) -> None:
        """Remove what exists of a guard that holds nothing to put back."""
        for path in (self.boot_link, self.boot_unit, self.marker, f"{self.directory}/armed"):
            if os.path.lexists(path):
                os.unlink(path)
        if os.path.isdir(self.directory):
            shutil.rmtree(self.directory)


def keep(path: str, now: str, number: int) -> str:
    """Copy ``path`` to ``now`` and return the line of ``restore`` that puts it back.

    The way back is a script that goes by names, so it serves only where root alone can change what they lead to.
    """
    try:
        with HeldDirectory(os.path.dirname(path)) as directory:
            if not directory.only_roots:
                raise GuardError(f"{directory.path} is not root's alone")
    except FileNotFoundError:
        return f"rm -f {shlex.quote(path)} || failed=1\n"
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return f"rm -f {shlex.quote(path)} || failed=1\n"
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
        raise GuardError(f"{path} is not a regular file")
    shutil.copy2(path, now, follow_symlinks=False)
    os.lchown(now, status.st_uid, status.st_gid)
    if stat.S_ISREG(status.st_mode):
        sync(now)
    return f"put {number} {shlex.quote(path)}\n"


def sweep() -> None:
    """Remove what a killed call left unfinished."""
    for place in (ROOT, UNITS):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            if not name.startswith(UNFINISHED):
                continue
            path = f"{place}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)


def write(path: str, text: str) -> None:
    """Write a file and wait until it is on the disk: after a power cut it is whole or not there."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync(path: str) -> None:
    """Wait until a file, or the names in a directory, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
