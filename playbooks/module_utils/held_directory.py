"""Directories held by their descriptors, so that root works in those of other users without being led elsewhere.

Whoever owns a directory can put a link in the place of any name in it, at any moment. So a path is walked component by
component without following a link, a file is opened, judged and changed by its descriptor, and what was written is
looked at once more under its name. What is in the way is refused and named; nothing is followed.
open(2), O_NOFOLLOW; CWE-59, CWE-367.
"""

from __future__ import annotations

import contextlib
import os
import stat

_WALK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe or a device in the place of a file must not keep the run waiting.
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_WRITE = 0o022


class Refused(OSError):
    """Something else stands where a file or directory should be; the message says what and where."""


class HeldDirectory:
    """A directory that stays the same whatever its name leads to by now. Holds the descriptor until it is closed."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Walk to ``path``; ``make`` makes what is missing of it, mode 0755.

        Raises :class:`FileNotFoundError` where it is missing, :class:`Refused` for a link or another thing on the way.
        """
        self.path = path
        self.only_roots = True
        """Whether root alone can change where the path leads to."""

        self._descriptor = os.open("/", _WALK)
        self._judge()
        walked = ""
        try:
            for name in path.strip("/").split("/") if path.strip("/") else ():
                walked += f"/{name}"
                self._step(name, walked, make)
        except BaseException:
            self.close()
            raise

    def _step(self, name: str, walked: str, make: bool) -> None:
        try:
            inner = os.open(name, _WALK, dir_fd=self._descriptor)
        except FileNotFoundError:
            if not make:
                raise
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=self._descriptor)
            inner = _open(name, _WALK, self._descriptor, walked, "directory")
        except OSError:
            raise Refused(f"{walked} is {_kind(name, self._descriptor)} and no directory") from None
        os.close(self._descriptor)
        self._descriptor = inner
        self._judge()

    def _judge(self) -> None:
        status = os.fstat(self._descriptor)
        self.only_roots &= status.st_uid == 0 and not status.st_mode & _OTHERS_WRITE

    def __enter__(self) -> HeldDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._descriptor)

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of ``name`` itself, or None where nothing bears it."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def read(self, name: str) -> tuple[bytes, os.stat_result] | None:
        """Return content and status of a regular file, of one moment; None where there is nothing.

        Raises :class:`Refused` for anything else under the name.
        """
        if self.status(name) is None:
            return None
        descriptor = self._open_file(name)
        with open(descriptor, "rb") as file:
            return file.read(), os.fstat(descriptor)

    def give(self, name: str, *, mode: int, uid: int, gid: int) -> None:
        """Set owner and mode of a regular file that has no other name.

        Raises :class:`Refused` for anything else: a second name may be that of a file which nobody else should own.
        """
        descriptor = self._open_file(name)
        try:
            if os.fstat(descriptor).st_nlink != 1:
                raise Refused(f"{self.path}/{name} has more than one name: its owner was not changed")
            os.fchown(descriptor, uid, gid)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)

    def write(self, name: str, content: bytes, *, mode: int, uid: int, gid: int) -> None:
        """Put a file in place at once: readers see the old one or the new one.

        Raises :class:`Refused` where somebody put another file in its place meanwhile.
        """
        # Always the same name: what a killed run left of it is gone with the next.
        temporary = f".kogge-{name}"
        self.remove(temporary)
        try:
            descriptor = os.open(temporary, _MAKE, 0o600, dir_fd=self._descriptor)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchown(descriptor, uid, gid)
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
                ours = os.fstat(descriptor)
                os.replace(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                self.remove(temporary)
            raise
        there = self.status(name)
        if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            raise Refused(f"{self.path}/{name} was exchanged while it was written")
        os.fsync(self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file or a link, never what a link leads to; nothing happens where nothing bears the name.

        Raises :class:`Refused` for a directory.
        """
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):
            raise Refused(f"{self.path}/{name} is {_kind(name, self._descriptor)} and was not removed") from None

    def _open_file(self, name: str) -> int:
        """Return a descriptor of a regular file."""
        descriptor = _open(name, _LOOK, self._descriptor, f"{self.path}/{name}", "regular file")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Refused(f"{self.path}/{name} is {_kind(name, self._descriptor)} and no regular file")
        return descriptor


def _open(name: str, flags: int, directory: int, path: str, wanted: str) -> int:
    try:
        return os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        raise
    except OSError:
        raise Refused(f"{path} is {_kind(name, directory)} and no {wanted}") from None


def _kind(name: str, directory: int) -> str:
    """Return what bears a name, in a person's words."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError:
        return "gone"
    if stat.S_ISLNK(status.st_mode):
        return f"a link to {os.readlink(name, dir_fd=directory)}"
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFREG: "a file"}
    return kinds.get(stat.S_IFMT(status.st_mode), "a device")
