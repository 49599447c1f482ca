"""Hosts: documents filled in and applied."""
