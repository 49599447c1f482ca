"""Objects of a cluster against the files. Pure."""
