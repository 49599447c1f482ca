"""Writes every form of a report into a directory of its own, and lets ``latest`` point to it."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path

from kogge import places
from kogge.atomic import write_atomically
from kogge.errors import KoggeError
from kogge.estate.models.nightly import Nightly
from kogge.nightly.report import Report
from kogge.report.document import as_document
from kogge.report.junit import as_junit
from kogge.report.markdown import as_markdown
from kogge.report.page import as_page
from kogge.report.prometheus import as_metrics

PAGE = "report.html"


def write_report(report: Report, directory: Path) -> None:
    """Write all forms of the report. They name partners and differences, so only this user reads them.

    :raises OSError: the directory cannot be written.
    """
    for name, content in (
        ("report.json", as_document(report) + "\n"),
        ("report.md", as_markdown(report)),
        ("report.junit.xml", as_junit(report)),
        ("report.prom", as_metrics(report)),
        (PAGE, as_page(report)),
    ):
        write_atomically(directory / name, content)


def keep_report(report: Report, settings: Nightly, root: Path, *, directory: Path | None, began: datetime) -> Path:
    """Write every form into ``directory``, the metrics where the settings want them too, and return the page's path.

    Without ``directory`` it is one of the data root named after the time, and ``latest`` points to it.

    :raises KoggeError: a file cannot be written.
    """
    place = (directory or places.reports(root) / began.strftime("%Y-%m-%dT%H%M%SZ")).resolve()
    try:
        write_report(report, place)
        if directory is None:
            point_latest(place)
        if settings.textfile is not None:
            write_textfile(report, root / Path(settings.textfile).expanduser())
    except OSError as error:
        raise KoggeError(
            f"the report cannot be written: {error}", hint="choose another directory with --report-dir"
        ) from error
    return place / PAGE


def write_textfile(report: Report, path: Path) -> None:
    """Write the metrics where the node exporter, another user, reads them.

    :raises OSError: the file cannot be written.
    """
    write_atomically(path, as_metrics(report), mode=0o644)


def point_latest(directory: Path) -> Path:
    """Let ``latest`` beside the directory point to it, at once or not at all; returns the link."""
    link = directory.parent / "latest"
    fresh = directory.parent / f".latest.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    fresh.symlink_to(directory.name, target_is_directory=True)
    fresh.replace(link)
    return link
