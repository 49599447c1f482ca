"""Rulesets of nft in the form that nft itself prints, so that two of them can be compared.

The wanted text is loaded in a network namespace of its own that ends with the command: the host's own nft says how it
prints the rules, and nothing of the host is touched.
"""

from __future__ import annotations

import json
import tempfile

_VOLATILE = ("handle", "packets", "bytes")


def running(module) -> list | None:
    """Return the loaded ruleset, or None where nft is not installed."""
    if module.get_bin_path("nft") is None:
        return None
    code, output, complaint = module.run_command(["nft", "--json", "list", "ruleset"])
    if code != 0:
        module.fail_json(msg=f"nft cannot list what is loaded: {complaint.strip()}")
    return stable(json.loads(output))


def canonical(module, text: bytes) -> list | None:
    """Return what nft would print after loading ``text``, or None where nft is not installed or refuses it."""
    if module.get_bin_path("nft") is None:
        return None
    with tempfile.NamedTemporaryFile(prefix="kogge-nft-") as file:
        file.write(text)
        file.flush()
        script = f"nft --file {file.name} && nft --json list ruleset"
        code, output = module.run_command(["unshare", "--net", "/bin/sh", "-c", script])[:2]
    return stable(json.loads(output)) if code == 0 else None


def stable(listing: dict) -> list:
    """Return the entries of a listing without what changes by itself: handles and counters."""
    return [_strip(entry) for entry in listing.get("nftables", []) if "metainfo" not in entry]


def _strip(value):
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if key not in _VOLATILE}
    if isinstance(value, list):
        return [_strip(item) for item in value]
    return value
