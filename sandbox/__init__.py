"""A real local platform for development and tests: tools, control plane, nodes, hosts.

Imported by ``kogge.cli.sandbox`` alone; nothing of the product depends on it.
"""
