"""Hosts against their documents. Pure."""
