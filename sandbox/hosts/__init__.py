"""Real Debian machines on this machine: systemd-nspawn, one network namespace each, behind one hub namespace."""
