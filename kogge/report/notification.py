"""Tells a chat server what the nightly check found: a short text, no values of any object."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3

from kogge.errors import KoggeError
from kogge.estate.models.nightly import NotifyOn, Webhook
from kogge.nightly.report import Report, Status
from kogge.report.document import moment
from kogge.report.wording import headline
from kogge.visible import guarded

_OBEYED: Final = re.compile(
    r"""
    [@`*~|\[\]]                  # mentions, code, emphasis, links
    | \\(?=[!-/:-@\[-`{-~]|$)     # what Markdown drops
    | (?<![^\W_])_ | _(?![^\W_])  # emphasis; inside of a word it is a part of the name
    | :(?=//)                     # addresses
    | (?<!\w):(?=[\w+-]+:)        # emoji
    | (?<=www)\.
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What Slack, Mattermost and Rocket.Chat read as their own in a message; none of them has an escape for it."""

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SECONDS: Final = 10.0


class NotificationError(KoggeError):
    """The notification did not arrive; the report is written all the same."""


def tell(report: Report, webhook: Webhook | None, root: Path, page: Path) -> None:
    """Send the notification that ``platform.yaml`` asks for, if it asks for one about such a report.

    :raises NotificationError: it did not arrive.
    """
    if webhook is None or (webhook.when is NotifyOn.FINDINGS and report.status is Status.CLEAN):
        return
    send(
        notification(report, page),
        url_file=root / Path(webhook.url_file).expanduser(),
        ca_file=root / Path(webhook.ca_file).expanduser() if webhook.ca_file else None,
    )


def notification(report: Report, place: Path | None) -> dict[str, object]:
    """Return what is sent: ``text`` is what chat servers show, the rest is for programs."""
    worst = [f"{f.severity}: {chat(f.owner)}, {f.classification} {chat(str(f.where))}" for f in report.findings[:5]]
    more = [f"and {len(report.findings) - 5} more"] if len(report.findings) > 5 else []
    lines = [f"Nightly check of {chat(report.title)}: {report.status}. {headline(report)}", *worst, *more]
    lines += [f"Report: {guarded(str(place))}"] if place else []
    return {
        "text": "\n".join(lines),
        "status": report.status,
        "checked_at": moment(report.checked_at),
        "counts": report.counts(),
    }


def chat(text: str) -> str:
    r"""Return a text of one line that a chat server shows and does not obey.

    ``&``, ``<`` and ``>`` are written as Slack asks for, which leaves nothing of ``<!channel>``. For the rest there is
    no escape that all servers know: ``@`` is written ``\x40``.
    https://docs.slack.dev/messaging/formatting-message-text/
    """
    line = _OBEYED.sub(lambda match: f"\\x{ord(match[0]):02x}", " ".join(guarded(text).split()))
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def send(body: dict[str, object], *, url_file: Path, ca_file: Path | None) -> None:
    """Post the notification once.

    :raises NotificationError: the address cannot be read or is not protected, or the server did not take it. The
        address is a secret and is in no message.
    """
    url = _address(url_file)
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        with urllib3.PoolManager(ssl_context=context, retries=urllib3.Retry(2, redirect=0)) as pool:
            answer = pool.request(
                "POST",
                url,
                body=json.dumps(body),
                headers={"Content-Type": "application/json"},
                timeout=SECONDS,
            )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NotificationError(
            f"the notification did not arrive: {type(error).__name__}",
            hint=f"is the address in {url_file} right, and is the server reachable?",
        ) from None
    if not 200 <= answer.status < 300:
        raise NotificationError(
            f"the server refused the notification with status {answer.status}", hint=f"check the address in {url_file}"
        )


def _address(url_file: Path) -> str:
    try:
        url = url_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotificationError(
            f"cannot read {url_file}: {type(error).__name__}",
            hint="write the webhook's address into it, mode 0600",
        ) from error
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise NotificationError(
            f"the address in {url_file} is not https", hint="names of partners are not sent in the clear"
        )
    return url
