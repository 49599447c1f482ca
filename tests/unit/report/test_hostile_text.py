"""What a hostile cluster, host or file says comes back from every form, through its own parser, as one value."""

from __future__ import annotations

import html
import io
import json
import re
from bisect import bisect_left
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import accumulate
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from kogge.deploy.options import UpOptions
from kogge.deploy.outcome import FleetOutcome, HostOutcome, ResourceChange, Result, StackOutcome
from kogge.deploy.plan import FleetPlan, HostPlan, StackPlan
from kogge.findings import Cause, Finding, FindingClass, HostRef, Judgement, ObjectRef, Severity, Unknown
from kogge.impact import changes as impact
from kogge.nightly.report import Report
from kogge.report.console import GuardedConsole
from kogge.report.document import as_document
from kogge.report.fleet import FleetView, print_outcome, print_plan, to_json
from kogge.report.impact import impact_json, impact_markdown
from kogge.report.junit import as_junit
from kogge.report.markdown import as_markdown
from kogge.report.notification import notification
from kogge.report.page import as_page
from kogge.report.prometheus import as_metrics
from kogge.report.terminal import print_report
from kogge.report.wording import short
from kogge.visible import guarded, json_text, printable, visible
from tests.support.hostile_text import HOSTILE_TEXTS, STYLE, hidden, obeyed
from tests.support.promql import samples
from tests.support.reports import NOW, PARTNERS

every_text = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)


def hostile(text: str, *, on_host: bool = False, owner: str | None = "moelln") -> Report:
    """A report in which everything that can come from outside is the text."""
    there = HostRef("db1", "database", text) if on_host else ObjectRef("hl1", "v1", "Role", "moelln--x", text)
    finding = Finding(
        FindingClass.CHANGED, Severity.CRITICAL, owner, there, f"/x/{text}", text, text, text, Cause.LIVE_EDIT
    )
    return Report(
        commit="d7c04690f0a0",
        checked_at=NOW,
        judgement=Judgement((finding,), (Unknown(None, f"cluster hl1: {text}", text),), (text,)),
        title=text,
        partners=PARTNERS,
        left_out=(text,),
    )


def line(text: str) -> str:
    """The text as a line of a form: visible, and one space wherever it has any."""
    return " ".join(text.split())


def value(text: str) -> str:
    """The text as a form shows a found value: shortened."""
    return short(visible(text, lines=True))


# --- the finding itself, and JSON


@every_text
def test_a_finding_holds_visible_text_and_knows_the_exact_name(text: str) -> None:
    (finding,) = hostile(text).findings
    assert finding.found == finding.expected == visible(text, lines=True)
    assert (finding.path, finding.actor) == (visible(f"/x/{text}"), visible(text))
    assert isinstance(finding.where, ObjectRef)
    assert finding.where.name == text
    assert str(finding.where) == f"Role moelln--x/{visible(text)}"
    assert finding.where.to_json()["name"] == visible(text)


@every_text
def test_json_holds_the_visible_text(text: str) -> None:
    written = as_document(hostile(text))
    document = json.loads(written)
    (finding,) = document["findings"]
    assert (finding["found"], finding["object"]["name"]) == (visible(text, lines=True), visible(text))
    assert document["unknown"] == [{"scope": f"cluster hl1: {guarded(text)}", "reason": guarded(text)}]
    assert hidden(written) == set()
    assert obeyed(written) == []


# --- terminal and log


def printed(show: Callable[[Console], None], *, width: int, terminal: bool = False) -> str:
    stream = io.StringIO()
    show(
        GuardedConsole(
            file=stream,
            width=width,
            force_terminal=terminal,
            highlight=False,
            color_system="standard" if terminal else None,
        )
    )
    return stream.getvalue()


@every_text
@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_gets_one_row_and_no_control_but_its_colours(text: str, terminal: bool) -> None:
    shown = printed(lambda console: print_report(hostile(text), console), width=6_000, terminal=terminal)
    plain = STYLE.sub("", shown) if terminal else shown
    assert hidden(plain) == set()
    assert obeyed(shown) == []
    rows = [[cell.strip() for cell in row] for row in _rows(plain, ("severity", "class", "where", "what", "by"))]
    role, words = printable(f"Role moelln--x/{visible(text)}"), value(text)
    assert rows == [
        ["critical", "changed", role.strip(), printable(f"{words} → {words}"), printable(visible(text)).strip()],
        ["", "", printable(visible(f"/x/{text}")).strip(), "", ""],
    ]


def _rows(plain: str, headings: tuple[str, ...]) -> list[list[str]]:
    """Return the rows of the only table, cut where its headings begin."""
    lines = plain.split("\n")
    top = next(index for index, row in enumerate(lines) if row.split() == list(headings))
    starts = [lines[top].index(heading) for heading in headings]
    end = next(index for index in range(top + 2, len(lines)) if not lines[index].strip())
    return [_cut(row, starts) for row in lines[top + 2 : end]]


def _cut(row: str, columns: list[int]) -> list[str]:
    """Return the pieces of a row; a wide character takes two columns, a mark none."""
    taken = [0, *accumulate(map(cell_len, row))]
    places = [bisect_left(taken, column) for column in columns]
    return [row[start:stop] for start, stop in zip(places, [*places[1:], None], strict=True)]


@pytest.mark.parametrize("width", [20, 33, 80, 81, 82, 83, 160])
@pytest.mark.parametrize("before", [0, 1, 17, 29, 30, 31, 60])
def test_no_folded_cell_begins_with_a_command_of_a_ci_system(width: int, before: int) -> None:
    text = "x" * before + " ::error::x ##[error]y " + "::error::x" * 20
    assert obeyed(printed(lambda console: print_report(hostile(text), console), width=width)) == []


def test_what_every_console_prints_is_guarded_without_being_asked(capsys: pytest.CaptureFixture[str]) -> None:
    given = hostile("\x1b[8m\n::error::x")
    print_report(given)
    assert hidden(capsys.readouterr().out) == set()
    shown = printed(lambda console: console.print(Text("a\x1b[8m\u202e\n::error::x"), "b\x9b"), width=80)
    assert shown == "a\\x1b[8m\\u202e\n\\x3a:error::x b\\x9b\n"


# --- Markdown


def read_markdown(text: str) -> list[Token]:
    """Return all tokens, of the dialect of merge requests: tables and raw HTML."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [token for block in tokens for token in (block, *(block.children or ()))]


def inline_text(token: Token) -> str:
    return "".join(child.content for child in token.children or () if child.type != "html_inline")


def assert_only_words_and_code(text: str) -> None:
    """No markup but ours comes of the text, and outside of code nothing that a forge makes a link of."""
    in_code = False
    for token in read_markdown(text):
        assert token.type not in {"html_block", "fence", "code_block", "blockquote_open", "link_open", "image", "hr"}
        if token.type == "html_inline":
            assert token.content == ("</code>" if in_code else "<code>")
            in_code = not in_code
        elif token.type in {"text", "text_special"} and not in_code:
            assert not re.search(r"[@#!$%&~^|<>`*\[\]\\]|_|://|www\.|GH-\d|^/", token.content.replace("[ ] ", ""))
    assert not in_code
    assert hidden(text) == set()
    assert not any(row.startswith("/") for row in text.split("\n"))


@every_text
@pytest.mark.parametrize("on_host", [False, True])
def test_markdown_gets_one_row_of_six_cells(text: str, on_host: bool) -> None:
    shown = as_markdown(hostile(text, on_host=on_host))
    assert_only_words_and_code(shown)
    tokens = read_markdown(shown)
    cells = [inline_text(tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "td_open"]
    where = f"db1 database: {visible(text)}" if on_host else f"Role moelln--x/{visible(text)}"
    words = line(value(text))
    assert cells == [
        "critical", "changed", line(where), line(visible(f"/x/{text}")), f"{words} → {words}", line(visible(text))
    ]  # fmt: skip
    items = [inline_text(tokens[i + 2]) for i, token in enumerate(tokens) if token.type == "list_item_open"]
    assert items[0] == f"{line('cluster hl1: ' + guarded(text))}: {line(guarded(text))}"
    headings = [inline_text(tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[0] == f"Nightly check of {line(guarded(text))}: drift"
    assert len(headings) == 4


@every_text
def test_an_impact_is_one_item_per_change_and_no_mention(text: str) -> None:
    found = impact.Impact(
        (impact.Change(impact.Verb.CHANGE, f"hl1/{text}", text, None, (f"/x/{text}",), None, False),),
        (text,),
        (text,),
        (impact.Approval(text, text),),
        (text,),
    )
    shown = impact_markdown(found, text)
    assert_only_words_and_code(shown)
    tokens = read_markdown(shown)
    items = [inline_text(tokens[i + 2]) for i, token in enumerate(tokens) if token.type == "list_item_open"]
    one = line(guarded(text))
    assert items == [
        f"~ {line(guarded(f'hl1/{text}'))}: {line(guarded(f'/x/{text}'))}",
        f"[ ] {one}: {one}",
        one,
    ]
    headings = [inline_text(tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == [f"Impact against {one}", f"{one}, whose own file does not change", "Approvals", "Unknown"]
    written = json_text(impact_json(found, text))
    assert json.loads(written)["base"] == text
    assert hidden(written) == set()


# --- HTML


class Page(HTMLParser):
    """Collects the elements of a page and the text of each isolated piece."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.isolated: list[str] = []
        self._open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "bdi":
            self._open += 1
            self.isolated.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "bdi":
            self._open -= 1

    def handle_data(self, data: str) -> None:
        if self._open:
            self.isolated[-1] += data


def read_page(shown: str) -> Page:
    page = Page()
    page.feed(shown)
    return page


@every_text
def test_the_page_holds_each_text_once_isolated_and_as_text(text: str) -> None:
    shown = as_page(hostile(text))
    page, harmless = read_page(shown), read_page(as_page(hostile("harmless")))
    assert [(tag, attributes.keys()) for tag, attributes in page.elements] == [
        (tag, attributes.keys()) for tag, attributes in harmless.elements
    ]
    pieces = [short(visible(text, lines=True), 400)] * 2
    assert page.isolated[0] == guarded(text)
    place = page.isolated.index(f"moelln--x/{visible(text)}")
    assert page.isolated[place + 1 : place + 5] == [visible(f"/x/{text}"), *pieces, visible(text)]
    assert page.isolated[place + 5 : place + 7] == [f"cluster hl1: {guarded(text)}", guarded(text)]
    (row,) = [attributes for _, attributes in page.elements if (attributes.get("id") or "").startswith("f-")]
    assert row["data-where"] == f"Role moelln--x/{visible(text)}"
    assert hidden(shown) == set()


# --- JUnit, metrics, chat


@every_text
def test_junit_has_the_same_cases_and_the_text_as_text(text: str) -> None:
    suite = ET.fromstring(as_junit(hostile(text, owner=text))).find("testsuite")  # noqa: S314 (our own text)
    assert suite is not None
    cases = list(suite)
    assert [case.get("name") for case in cases[-2:]] == [guarded(text), f"cluster hl1: {guarded(text)}"]
    assert len(cases) == len(PARTNERS) + 2
    (failure,) = cases[-2]
    words = value(text)
    assert failure.text == (
        f"critical changed Role moelln--x/{visible(text)} {visible(f'/x/{text}')}: {words} → {words}"
    )
    (error,) = cases[-1]
    assert error.get("message") == guarded(text)


@every_text
def test_metrics_have_one_series_more_whatever_its_label_is(text: str) -> None:
    shown = as_metrics(hostile(text, owner=text))
    series = [dict(key) for key in samples(shown)]
    assert {labels["tenant"] for labels in series if "tenant" in labels} == {
        guarded(text),
        *(partner.name for partner in PARTNERS),
    }
    assert len(series) == len(samples(as_metrics(hostile("x", owner="x"))))
    assert hidden(shown) == set()


@every_text
def test_a_chat_message_has_as_many_lines_and_nobody_is_called(text: str) -> None:
    sent = str(json.loads(json.dumps(notification(hostile(text), None)))["text"])
    first, second = sent.split("\n")
    assert not re.search(r"[<>@`*~\[\]|]|://|www\.|&(?!(?:amp|lt|gt);)", sent)
    assert hidden(sent) == set()
    tokens = read_markdown(sent)
    # Mattermost reads Markdown: nothing but the text comes of it.
    words = {"paragraph_open", "inline", "text", "text_special", "softbreak", "paragraph_close"}
    assert {token.type for token in tokens} <= words
    told = [html.unescape(row) for row in (first, second)]
    assert "".join(t.content if t.type != "softbreak" else "\n" for t in tokens if not t.children) == "\n".join(told)
    written_out = re.compile(r"\\x(40|60|2a|7e|7c|5b|5d|5c|5f|3a|2e)")
    plain = [written_out.sub(lambda match: chr(int(match[1], 16)), row) for row in told]
    assert plain == [
        written_out.sub(lambda match: chr(int(match[1], 16)), row)
        for row in (
            f"Nightly check of {line(guarded(text))}: drift. 1 difference in 1 partner, 1 of them critical. "
            "1 scope could not be read.",
            f"critical: moelln, changed Role moelln--x/{line(visible(text))}",
        )
    ]


# --- plans and what became of them


@every_text
def test_a_run_says_what_clusters_and_hosts_said_and_obeys_nothing(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = (HostPlan("db1", Result.UPDATED, changes=(visible(text),)), HostPlan(text, Result.FAILED, message=text))
    stack = StackPlan(
        "moelln", "named", Result.UPDATED, changes=(ResourceChange("update", visible(text), (visible(text),)),)
    )
    plan = FleetPlan(UpOptions(), (stack,), hosts)
    outcome = FleetOutcome(
        (StackOutcome("moelln", Result.FAILED, 1.0, message=text, hint=text),),
        1.0,
        (HostOutcome("db1", Result.FAILED, message=text, hint=text),),
    )
    print_plan(plan)
    print_outcome(outcome)
    with FleetView() as view:
        view.selected({"moelln": f"holds {text}"})
        view.started(text)
        view.step("moelln", text)
        view.finished(outcome.stacks[0])
    shown = capsys.readouterr()
    for stream in (shown.out, shown.err):
        assert hidden(stream) <= {"\t"}
        assert obeyed(stream) == []
    assert printable(f"{'host db1':<24} {visible(text)}").strip() in shown.out
    assert printable(f"also moelln: holds {text}") in shown.err
    for document in (plan, outcome):
        written = to_json(document)
        assert hidden(written) == set()
        assert obeyed(written) == []
    assert json.loads(to_json(outcome))["stacks"][0]["message"] == text
