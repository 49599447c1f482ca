"""Where apt takes packages from, as its files say; sources.list(5) of Debian 12.

Files are read, not apt's own answer: ``apt-get indextargets`` leaves out the options that switch off authentication.
"""

from __future__ import annotations

import glob
import re

_FILES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources")
_LINE = re.compile(
    r"(?P<type>deb|deb-src)\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>cdrom:\[[^\]]*\]\S*|\S+)\s+(?P<rest>.+)"
)
_CREDENTIALS = re.compile(r"//[^/@]*@")
_FIELDS = ("types", "uris", "suites", "components", "enabled")


def package_sources() -> list[dict]:
    """Return every source: file, line, uri, suite, components and options; one that cannot be read as its text."""
    found = []
    for pattern in _FILES:
        for path in sorted(glob.glob(pattern)):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            parsed = deb822_sources(text) if path.endswith(".sources") else one_line_sources(text)
            found += [{"file": path, **source} for source in parsed]
    return found


def one_line_sources(text: str) -> list[dict]:
    """Return the sources of a file with one of them a line (``*.list``)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        match = _LINE.fullmatch(line)
        if match is not None:
            suite, *components = match["rest"].split()
            options = dict(word.partition("=")[::2] for word in (match["options"] or "").split())
            found.append(_source(number, match["uri"], suite, components, options))
        elif line:
            found.append({"line": number, "unreadable": _shown(line)})
    return found


def deb822_sources(text: str) -> list[dict]:
    """Return the sources of a file of stanzas (``*.sources``): each address with each suite is one."""
    found = []
    number = 1
    for block in re.split(r"(\n\s*\n)", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and name:
                fields[name] += "\n" + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
            elif line.strip():
                found.append({"line": number, "unreadable": _shown(line)})
        options = {key: value for key, value in fields.items() if key not in _FIELDS}
        if fields and fields.get("enabled", "yes").lower() not in ("no", "false", "off", "0", "without", "disable"):
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    found.append(_source(number, uri, suite, fields.get("components", "").split(), options))
        number += block.count("\n")
    return found


def _source(line: int, uri: str, suite: str, components: list[str], options: dict[str, str]) -> dict:
    return {
        "line": line,
        "uri": _shown(uri),
        "suite": suite,
        "components": components,
        "options": {name.lower(): _shown(value) for name, value in options.items()},
    }


def _shown(text: str) -> str:
    """Return a text without the credentials that a mirror may want."""
    return _CREDENTIALS.sub("//", text)
