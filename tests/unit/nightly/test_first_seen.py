"""Since when a difference is there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kogge.nightly.first_seen import read_first_seen, seen_now, write_first_seen
from tests.support.reports import FINDINGS, NOW


def test_a_difference_keeps_the_day_it_was_seen_first_and_starts_anew_after_it_was_gone(tmp_path: Path) -> None:
    path, later = tmp_path / "seen.json", NOW + timedelta(days=3)
    write_first_seen(path, seen_now({}, FINDINGS[:1], NOW))
    kept = seen_now(read_first_seen(path), FINDINGS[:2], later)
    assert kept == {FINDINGS[0].id: NOW, FINDINGS[1].id: later}
    assert seen_now(seen_now(kept, (), later), FINDINGS[:1], later) == {FINDINGS[0].id: later}
    path.write_text("{")
    assert read_first_seen(path) == {}
