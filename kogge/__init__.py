"""Kogge: one file per partner drives Pulumi stacks and Ansible playbooks.

The rooms below are the layers of the pipeline; ``pyproject.toml`` holds their order and
``docs/decisions/0001-pipeline.md`` says why.
"""

__version__ = "0.1.0"
