"""``python -m kogge``: hand over to the command line."""

from kogge.cli import main

main()
