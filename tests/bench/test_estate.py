"""All rules over every municipality and district, against merely loading the same files with PyYAML's C loader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.estate_of_all_bodies import NO_REGISTER, REGISTER, build

LONGEST_RATIO = 1.5

MEASURED = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from kogge.estate import load_estate
root = Path(sys.argv[1])
started, used = time.perf_counter(), time.process_time()
loaded = load_estate(root, as_of=date(2026, 11, 24))
print(json.dumps({
    "wall": time.perf_counter() - started,
    "cpu": time.process_time() - used,
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "tenants": len(loaded.estate.tenants),
    "problems": [[p.file, p.rule] for p in loaded.problems],
}))
"""

LOADED_ONLY = """
import json, sys, time
from pathlib import Path
import yaml
root = Path(sys.argv[1])
files = [root / "platform.yaml", *sorted(root.glob("catalogue/*.yaml")), *sorted(root.glob("tenants/*.yaml"))]
started, used = time.perf_counter(), time.process_time()
documents = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in files]
print(json.dumps({"wall": time.perf_counter() - started, "cpu": time.process_time() - used}))
"""


def run(program: str, root: Path) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    words = [sys.executable, "-c", program, str(root)]
    result = subprocess.run(words, check=True, capture_output=True, env=environment, timeout=300)
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not REGISTER.is_file():
        pytest.skip(NO_REGISTER)
    root = tmp_path_factory.mktemp("estate") / "everybody"
    assert build(root) == 11059
    return root


@pytest.mark.long
def test_all_rules_cost_at_most_half_more_than_loading(everybody: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = run(MEASURED, everybody), run(LOADED_ONLY, everybody)
    ratio = float(str(ours["cpu"])) / float(
        str(theirs["cpu"])
    )  # one process each; wall time says how busy the machine is
    with capsys.disabled():
        sys.stdout.write(
            f"\n11,059 bodies: all rules {ours['wall']:.1f} s ({ours['cpu']:.1f} s of processor), "
            f"PyYAML C loader alone {theirs['wall']:.1f} s ({theirs['cpu']:.1f} s), ratio {ratio:.2f}; "
            f"peak {ours['peak_mib']} MiB\n"
        )
    assert ours["problems"] == []
    assert ours["tenants"] == 11059
    assert ratio <= LONGEST_RATIO


@pytest.mark.long
def test_one_wrong_file_among_all_is_found(everybody: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sorted((everybody / "tenants").glob("*.yaml"))[5000]
    text = path.read_text(encoding="utf-8")
    started = time.perf_counter()
    try:
        path.write_text(text.replace("size: s", "size: xl"), encoding="utf-8")
        found = run(MEASURED, everybody)
    finally:
        path.write_text(text, encoding="utf-8")
    with capsys.disabled():
        sys.stdout.write(f"\nafter one changed file: {time.perf_counter() - started:.1f} s with the start of Python\n")
    assert found["problems"] == [[f"tenants/{path.name}", "plan-exists"]]
    assert found["tenants"] == 11058
