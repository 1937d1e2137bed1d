"""Names are replaced the same way everywhere, however many there are."""

from unittest.mock import Mock

import msgspec
import pytest

from scanner import assets
from scanner.anonymizing import Anonymizer
from scanner.collecting import Collector, regroup
from scanner.errors import (
    AmbiguousFormatError,
    LimitExceededError,
    MalformedReportError,
    RecordError,
    ScannerError,
    UnknownFormatError,
)
from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal
from scanner.options import ImportOptions
from scanner.section import Section
from scanner.set_aside import LONGEST_TEXT
from scanner.translation import SkippedRecord, translate_section


def knowing(*hosts: str) -> Anonymizer:
    anonymizer = Anonymizer(b"k" * 32)
    for host in hosts:
        anonymizer.asset(assets.infra(hostname=host))
    return anonymizer


def replacement(host: str) -> str:
    return knowing(host).asset(assets.infra(hostname=host)).attributes["hostname"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on web01.", "on {web01}."),
        ("WEB01 and web01", "{web01} and {web01}"),
        ("web01.corp.example:443", "{web01.corp.example}:443"),
        ("web01.corp.test", "{web01}.corp.test"),
        ("web011, my-web01, web01-a", "web011, my-web01, web01-a"),
        ("the db one host", "the {db one} host"),
        ("the db two host", "the db two host"),
        ("", ""),
    ],
)
def test_the_longest_name_at_a_place_is_replaced(text: str, expected: str) -> None:
    names = ("web01", "web01.corp.example", "db one")
    wanted = expected
    for name in names:
        wanted = wanted.replace(f"{{{name}}}", replacement(name))
    assert knowing(*names).text(text) == wanted


def test_names_learnt_before_stay_known_among_many() -> None:
    """A pattern of all names, made anew for each of them, took minutes for so many."""
    anonymizer = knowing(*(f"host-{number}.example" for number in range(20_000)))
    assert anonymizer.text("host-7.example") == replacement("host-7.example")
    assert anonymizer.text("host-20001.example") == "host-20001.example"


def test_what_is_told_of_records_names_nobody() -> None:
    collector = Collector(ImportOptions(anonymize=True), anonymizer_key=b"k" * 32)
    found = Finding("weak cipher on web01", 5.0, description="d", remedy="r", location="443")
    asset, note = assets.infra(hostname="web01"), "web01 goes, says ann@corp.example"
    collector.dismiss(asset, Dismissed(found, Dismissal.RISK_ACCEPTED, note), lambda: "hosts[web01].items[3]")
    collector.skip(SkippedRecord("hosts[web01]", "no severity for web01"))
    for _ in range(2):
        collector.add(asset, Finding("weak cipher on web01", 5.0, description="d", remedy="r", location="443"))
    told = [*collector.dismissed, *collector.skipped, *regroup(collector.blocks(), ImportOptions()).told]
    assert len(told) == 3
    text = msgspec.json.encode(told).decode()
    assert "web01" not in text
    assert "ann@" not in text
    assert text.count(replacement("web01")) >= 6


def test_a_name_without_words_is_left_alone_in_texts() -> None:
    assert knowing("***", "web01").text("*** web01") == f"*** {replacement('web01')}"


def test_what_was_told_before_its_asset_was_known_names_nobody() -> None:
    """As the first of two runs of which the tool failed on the host that the second is about."""
    collector = Collector(ImportOptions(anonymize=True), anonymizer_key=b"k" * 32)
    found = Finding("weak cipher", 5.0, description="d", remedy="r", location="443")
    note = f"{'x' * (LONGEST_TEXT - 5)} web01.corp.example"
    collector.skip(SkippedRecord("web01.corp.example: runs[0]", "no route to web01.corp.example"))
    collector.dismiss(
        assets.infra(hostname="db1"), Dismissed(found, Dismissal.RISK_ACCEPTED, note), lambda: "web01.corp.example"
    )
    collector.seen(assets.infra(hostname="web01.corp.example"))

    told = msgspec.json.encode([*collector.dismissed, *collector.skipped]).decode()

    assert "web01" not in told
    assert told.count(replacement("web01.corp.example")) == 3


@pytest.mark.parametrize(
    "error",
    [
        UnknownFormatError("web01.corp.example.json", ("trivy",), "seen on 192.0.2.7"),
        AmbiguousFormatError("web01.corp.example.json", ("trivy", "osv")),
        MalformedReportError("the scan failed: ann@corp.example", "web01.corp.example/a.sarif"),
        LimitExceededError("bytes in web01.corp.example", 1, 2),
    ],
)
def test_an_error_names_nobody_and_stays_what_it_is(error: ScannerError) -> None:
    told = knowing("web01.corp.example").error(error)
    assert type(told) is type(error)
    assert not any(name in str(told) for name in ("web01", "192.0.2.7", "ann@"))
    assert len(str(told).split()) == len(str(error).split())


def test_a_long_reason_is_not_cut_within_a_name() -> None:
    sink, said = Collector(ImportOptions(anonymize=True), anonymizer_key=b"k" * 32), f"{'x ' * 245}web01.corp.example"
    section = Section([{}], translate=Mock(side_effect=RecordError(said)), asset=assets.infra(hostname="web01.corp.example"))
    translate_section(section, sink)
    assert "web01" not in sink.skipped[0].reason


@pytest.mark.parametrize("end", ["", ".", ". Next", ":", ": no route", ".json", ",", "/24"])
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "52:54:00:12:34:56"])
def test_an_address_is_one_whatever_follows_it(address: str, end: str) -> None:
    told = knowing().text(f"at {address}{end}")
    assert address not in told
    assert told.endswith(end)


@pytest.mark.parametrize("text", ["1.2.3.4.5", "1.2.3.400", "12:30:59", "52:54:00:12:34:56:78:9a:bc", "127.0.0.1", "::1"])
def test_what_only_looks_like_an_address_is_left_alone(text: str) -> None:
    assert knowing().text(f"at {text}.") == f"at {text}."
