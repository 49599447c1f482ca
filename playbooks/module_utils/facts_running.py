"""What runs: sockets, sshd's own view of its settings, kernel modules."""

from __future__ import annotations

import re


def listening(module) -> list[dict]:
    """Return every listening TCP and bound UDP socket that is not on loopback alone."""
    code, output, complaint = module.run_command(["ss", "--no-header", "--numeric", "--tcp", "--udp", "-l", "-p"])
    if code != 0:
        module.fail_json(msg=f"ss: {complaint.strip()}")
    found = []
    for line in output.splitlines():
        words = line.split()
        address, port = words[4].rsplit(":", 1)
        if address.startswith(("127.", "[::1]")):
            continue
        programs = re.findall(r'\("([^"]+)"', line)
        found.append({"socket": f"{words[0]} {port}", "address": address, "program": ", ".join(sorted(set(programs)))})
    return found


def sshd_settings(module) -> dict[str, str] | None:
    """Return what sshd makes of its files (``sshd -T``), names in lower case, or None where it refuses them."""
    code, output = module.run_command(["sshd", "-T"])[:2]
    if code != 0:
        return None
    found: dict[str, str] = {}
    for line in output.splitlines():
        name, _, value = line.partition(" ")
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def loaded_modules() -> list[str]:
    """Return the names of loaded kernel modules."""
    try:
        with open("/proc/modules", encoding="utf-8") as file:
            return sorted(line.split()[0].replace("_", "-") for line in file)
    except OSError:
        return []
