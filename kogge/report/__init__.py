"""What the nightly check found, for a terminal, a browser, a CI system and a monitoring system."""
