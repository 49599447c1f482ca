"""The whole check: what is asked, since when a difference is there, and the verdict that every report reads."""
