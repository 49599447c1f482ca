"""How the files of apt are read on a host: nothing that changes what is trusted is lost, and no credential is told."""

from __future__ import annotations

from playbooks.module_utils.facts_sources import deb822_sources, one_line_sources


def test_a_line_is_read_with_its_options_and_without_its_comment() -> None:
    (found,) = one_line_sources("# off\n\ndeb [trusted=yes arch=amd64,arm64] http://198.51.100.9/x ./  # why\n")
    assert found == {
        "line": 3,
        "uri": "http://198.51.100.9/x",
        "suite": "./",
        "components": [],
        "options": {"trusted": "yes", "arch": "amd64,arm64"},
    }


def test_sources_of_source_code_and_of_discs_are_sources_too() -> None:
    lines = "deb-src http://mirror.example/debian bookworm main\ndeb cdrom:[Debian 12 _Bookworm_]/ bookworm main\n"
    assert [(s["uri"], s["suite"], s["components"]) for s in one_line_sources(lines)] == [
        ("http://mirror.example/debian", "bookworm", ["main"]),
        ("cdrom:[Debian 12 _Bookworm_]/", "bookworm", ["main"]),
    ]


def test_a_line_that_is_no_source_is_returned_as_it_stands() -> None:
    assert one_line_sources("dep http://x.example y\n") == [{"line": 1, "unreadable": "dep http://x.example y"}]


def test_credentials_of_a_mirror_are_not_told() -> None:
    (line,) = one_line_sources("deb http://me:secret@mirror.example/debian bookworm main")
    (stanza,) = deb822_sources("Types: deb\nURIs: http://me:secret@mirror.example/debian\nSuites: bookworm\n")
    (broken,) = one_line_sources("dep http://me:secret@mirror.example/debian")
    assert "secret" not in f"{line} {stanza} {broken}"


def test_a_stanza_is_one_source_for_each_address_and_suite() -> None:
    text = """# comment
Types: deb
URIs: http://a.example/debian http://b.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://c.example
Suites: ./
Trusted: yes
"""
    found = deb822_sources(text)
    assert [(s["line"], s["uri"], s["suite"]) for s in found] == [
        (1, "http://a.example/debian", "bookworm"),
        (1, "http://a.example/debian", "bookworm-updates"),
        (1, "http://b.example/debian", "bookworm"),
        (1, "http://b.example/debian", "bookworm-updates"),
        (8, "http://c.example", "./"),
    ]
    assert found[0]["options"] == {"signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg"}
    assert found[4]["options"] == {"trusted": "yes"}


def test_a_stanza_that_is_switched_off_is_none() -> None:
    assert deb822_sources("Types: deb\nURIs: http://a.example\nSuites: x\nEnabled: no\n") == []


def test_a_key_inside_a_stanza_is_an_option_like_any_other() -> None:
    (found,) = deb822_sources("Types: deb\nURIs: http://a.example\nSuites: x\nSigned-By:\n -----BEGIN\n .\n abc\n")
    assert found["options"]["signed-by"].startswith("\n-----BEGIN")
