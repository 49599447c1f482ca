"""Stacks: Pulumi for one partner or the platform."""
