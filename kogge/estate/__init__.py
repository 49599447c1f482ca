"""The estate: reads, types and cross-checks the files; no other room parses YAML.

Loads in milliseconds, without any network or cluster.
"""
