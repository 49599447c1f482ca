"""Compares what runs with what the files say, closed-world: whatever is more, less or other is a finding."""
