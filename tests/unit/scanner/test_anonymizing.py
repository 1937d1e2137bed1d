"""Names are replaced the same way everywhere, however many there are."""

import msgspec
import pytest

from scanner import assets
from scanner.anonymizing import Anonymizer
from scanner.collecting import Collector, regroup
from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal
from scanner.options import ImportOptions
from scanner.translation import SkippedRecord


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
