"""What somebody with one foot in a cluster, on a host or in a file may write there, and what would obey it."""

from __future__ import annotations

import re
from typing import Final

from kogge.visible import is_hidden

HOSTILE_TEXTS: Final = {
    "colour and conceal": "\x1b[8mhidden\x1b[0m",
    "one-byte CSI": "\x9b8mhidden",
    "title of the window": "\x1b]0;pwned\x07",
    "link of a terminal": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "backspace and return": "clean\b\b\b\b\bdrift\rclean",
    "turned around": "allow\u202eynned\u202c",
    "isolated": "a\u2066b\u2069c\u200fd",
    "zero width": "mo\u200belln\ufeff\u2060",
    "tags": "x\U000e0041\U000e007f",
    "variation": "x\ufe0e\U000e0100",
    "fillers": "a\u3164b\u115fc\u2800d\u034fe",
    "line separators": "a\u2028| b |\u2029c\x85d",
    "private and unassigned": "\ue000\U0010ffff\ufffe",
    "soft and hard": "pass\u00adword\u00a0x",
    "marks without a letter": "\u0338\u20e0x",
    "marks over the lines around": "x" + "\u0301" * 40,
    "chat mentions": "<!channel> <@U012> <!here|here> @here @all @channel",
    "chat link": "<https://evil.example|the report> [the report](https://evil.example)",
    "mentions and references": "@root @org/team #123 !12 $1 %2 &3 ~bug GH-1 org/repo#4",
    "addresses": "https://evil.example/?a=1 www.evil.example mail@evil.example",
    "markup": "</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "entities": "&lt;script&gt; &amp; &#64;all &copy",
    "end of a section": "]]><x/><![CDATA[ <!-- -->",
    "bars": "| x | y |",
    "escaped bar": "a \\| b \\\\| c",
    "backquotes": "`a` ``b`` ```",
    "backquote and bar": "`|` \\`",
    "backslash at the end": "x\\",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~ snake_case",
    "emoji by name": ":warning: ::x::",
    "row": "a\n| x | y | z | x | y | z |\n|---|",
    "heading and list": "# a\n- b\n1. c\n> d\n/close",
    "terminal markup": "[bold red]x[/] [link=https://evil.example]y[/link] \\[",
    "metric": '"} 1\nfake_metric{x="y"} 1\n#',
    "template": "{{ 7 * 7 }} {% raw %} ${HOME}",
    "workflow command": "::error::x",
    "workflow command on a line": "x\n  ::set-output name=a::b\n::add-mask::moelln",
    "older command": "x ##[error]y ##vso[task.setvariable]z ##teamcity[x]",
    "section": "section_start:1:x[collapsed=true]\r\x1b[0Kx",
    "NUL": "a\x00b",
    "lone surrogates": "\udcff\ud800x",
    "looks like an escape": r"\x1b[8m \u202e \x5c \xff \d+",
    "long": "x" * 2000,
    "long words": "ab " * 700,
    "right to left": "\u05e9\u05dc\u05d5\u05dd/../etc",
}
"""Name -> text."""

GITHUB: Final = re.compile(r"^\s*::[A-Za-z][\w-]*.*?::|##\[")
"""A line that GitHub's runner obeys: its ActionCommand.TryParseV2 trims the line, TryParse looks anywhere."""

GITLAB: Final = re.compile(r"section_(start|end):\d+:[\w.-]+.*\r\x1b\[0K")
AZURE_OR_TEAMCITY: Final = re.compile(r"##(vso|teamcity)\[")

STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")
"""What rich itself sends to a terminal."""


def obeyed(log: str) -> list[str]:
    """Return the lines of a log that a CI system would take for a command."""
    lines = re.split("\r?\n", log)
    return [line for line in lines if any(way.search(line) for way in (GITHUB, GITLAB, AZURE_OR_TEAMCITY))]


def hidden(text: str) -> set[str]:
    """Return the hidden characters of a text, but for the ends of its lines."""
    return {character for character in text if character != "\n" and is_hidden(character)}
