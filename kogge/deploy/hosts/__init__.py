"""Hosts: which roles run, previewed and applied with their secrets filled in."""
