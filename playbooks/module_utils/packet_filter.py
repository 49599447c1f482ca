"""Rulesets of nft as nft itself prints them, so that two of them can be compared and a person can read the difference.

The wanted text is loaded in a network namespace of its own that ends with the command: the host's own nft says how it
prints the rules, and nothing of the host is touched.
"""

from __future__ import annotations

_LISTING = ["nft", "--stateless", "list", "ruleset"]


def running(module) -> list | None:
    """Return the loaded ruleset, or None where nft is not installed."""
    if module.get_bin_path("nft") is None:
        return None
    code, output, complaint = module.run_command(_LISTING)
    if code != 0:
        module.fail_json(msg=f"nft cannot list what is loaded: {complaint.strip()}")
    return entries(output)


def canonical(module, text: str) -> list | None:
    """Return what nft would print after loading ``text``, or None where nft is not installed or refuses it."""
    if module.get_bin_path("nft") is None:
        return None
    script = f"nft --file /dev/stdin && {' '.join(_LISTING)}"
    code, output = module.run_command(["unshare", "--net", "/bin/sh", "-c", script], data=text)[:2]
    return entries(output) if code == 0 else None


def entries(listing: str) -> list:
    """Return one object per line of a listing, in its order: ``place`` (the blocks around it) and ``text``.

    A block is an entry too, with the empty text: a table or chain without rules is there all the same.
    """
    found, blocks = [], []
    for line in listing.splitlines():
        text = line.strip()
        if text == "}":
            blocks.pop()
        elif text.endswith(" {"):
            blocks.append(text.removesuffix(" {"))
            found.append({"place": " ".join(blocks), "text": ""})
        elif text:
            found.append({"place": " ".join(blocks), "text": text})
    return found
