"""The rules across files: one function per rule, found through :data:`kogge.estate.rules.registry.RULES`.

A rule about one field alone belongs to the model of that field, not here.
"""
