"""The command line: parses words, calls one function of a room, prints what it returns.

One module per command or command group. No decision about isolation, deletion, secrets or
drift is made here. Command modules are imported only when their command runs, so that
``kogge --help`` and ``kogge validate`` stay fast.
"""

from kogge.cli.app import main

__all__ = ["main"]
