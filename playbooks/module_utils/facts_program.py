"""The read-only program that answers the nightly check: one line of JSON for the host, one for its programs.

It is the one thing that the nightly identity may do on a host, so it takes nothing from whoever starts it: no argument,
no input, no variable of the environment. What it reads stands in a file that only root writes. Whoever needs the first
line alone hangs up, and the rest is not computed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import stat
import subprocess
import sys
import time

from ansible.module_utils.facts_files import Packages
from ansible.module_utils.host_reading import read_host, read_programs
from ansible.module_utils.postgresql import Unavailable
from ansible.module_utils.postgresql_reading import read

VERSION = 1
"""Of the form of the answer."""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"}
PACKAGED_PYTHON = "/usr/lib/python3/dist-packages"
"""Where packages put theirs; what an administrator puts below /usr/local is never imported."""
SECONDS = 240
COMMAND_SECONDS = 120
TURN_SECONDS = 60
"""How long one waits for another that reads."""
MEMORY_BYTES = 2 << 30
ANSWER_BYTES = 32 << 20
_OTHERS_WRITE = 0o022


class Refused(Exception):
    """Nothing is answered; the message says why."""


class Gone(Exception):
    """Nobody listens any more."""


class Commands:
    """Runs programs of the machine out of its own directories, with no input but what is given."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None
        """The one that runs just now."""

    def get_bin_path(self, name: str) -> str | None:
        """Return the path of a program, or None where the machine has none."""
        paths = [name] if name.startswith("/") else [f"{place}/{name}" for place in ENVIRONMENT["PATH"].split(":")]
        return next((path for path in paths if os.access(path, os.X_OK)), None)

    def run_command(self, words: list[str], data: str | None = None) -> tuple[int, str, str]:
        """Return exit code, output and complaints of a program.

        Raises Refused when it takes too long, Gone when nobody waits for it.
        """
        path = self.get_bin_path(words[0])
        if path is None:
            return 127, "", f"{words[0]} is not installed"
        given = None if data is None else data.encode()
        self.process = subprocess.Popen(
            [path, *words[1:]],
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
        )
        deadline = time.monotonic() + COMMAND_SECONDS
        try:
            while True:
                try:
                    output, complaint = self.process.communicate(given, timeout=0.2)
                    return self.process.returncode, _text(output), _text(complaint)
                except subprocess.TimeoutExpired:
                    given = None
                    require_listener()
                    if time.monotonic() > deadline:
                        raise Refused(f"{words[0]} took longer than {COMMAND_SECONDS} seconds") from None
        finally:
            self.stop()

    def stop(self) -> None:
        """End what still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def fail_json(self, msg: str) -> None:
        """Raise Refused, as a module of Ansible ends."""
        raise Refused(msg)


def main(machine: str, database: str) -> None:
    """Answer the question in the file ``machine``, and the one in ``database`` where there is PostgreSQL."""
    commands = Commands()
    _confine(commands)
    try:
        with open(_open_question(machine), encoding="utf-8") as file:
            _take_turn(file.fileno())
            packages, question = Packages(), json.load(file)
            facts = {"system": read_host(commands, question, packages), "database": _database(database)}
            _answer({"version": VERSION, **facts})
            _answer(read_programs(commands, packages))
    except (Gone, BrokenPipeError):
        os._exit(1)
    except Refused as reason:
        _fail(str(reason))
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror}")
    except Exception as error:
        # Its text might hold what was read.
        _fail(f"{type(error).__name__} in line {_line(error)}")


def _confine(commands: Commands) -> None:
    """Take nothing over from whoever started this, and bound what it can cost."""
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    os.chdir("/")
    os.umask(0o077)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 2)
    sys.path.append(PACKAGED_PYTHON)
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))

    def late(*_: object) -> None:
        commands.stop()
        _fail(f"the reading took longer than {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)


def _open_question(path: str) -> int:
    """Return a descriptor of the file that says what to read.

    Raises Refused unless root alone can have written it.
    """
    directory = os.path.dirname(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    for name, status in ((directory, os.lstat(directory)), (path, os.fstat(descriptor))):
        if status.st_uid != 0 or status.st_mode & _OTHERS_WRITE:
            raise Refused(f"{name} can be written by others than root")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Refused(f"{path} is no regular file")
    return descriptor


def _take_turn(descriptor: int) -> None:
    """Wait until nobody else reads: however often this is started, the machine works for one."""
    deadline = time.monotonic() + TURN_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        require_listener()
        if time.monotonic() > deadline:
            raise Refused(f"others have been reading this host for {TURN_SECONDS} seconds")
        time.sleep(0.2)


def _database(path: str) -> dict | None:
    if not os.path.lexists(path):
        return None
    with open(_open_question(path), encoding="utf-8") as file:
        question = json.load(file)
    try:
        return read(question)
    except Unavailable as reason:
        return {"unavailable": str(reason)}


def require_listener() -> None:
    """Raise Gone when the other end of stdout was closed."""
    poll = select.poll()
    poll.register(1, 0)
    if poll.poll(0):
        raise Gone


def _answer(document: dict) -> None:
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    if len(text) > ANSWER_BYTES:
        raise Refused(f"the answer has {len(text)} bytes, more than are passed on")
    _write(text)


def _write(text: bytes) -> None:
    while text:
        text = text[os.write(1, text) :]


def _fail(reason: str) -> None:
    with contextlib.suppress(OSError):
        _write(json.dumps({"failed": reason}).encode() + b"\n")
    os._exit(1)


def _line(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_lineno} of {trace.tb_frame.f_code.co_filename}" if trace is not None else "?"


def _text(output: bytes) -> str:
    return output.decode("utf-8", "backslashreplace")
