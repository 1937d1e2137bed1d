"""The index of formats: it says what the modules say, and spares loading them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.catalogue import entries, find, formats, load
from scanner.catalogue.making import PAGE, make_index, make_page
from scanner.errors import UnknownFormatError

BROUGHT = """
import msgspec
from scanner.assets import repository
from scanner.format import Format, Section
from scanner.model import AssetType, Finding
from scanner.shapes.json import JsonSignature, JsonVariant

class Hit(msgspec.Struct):
    rule: str

class Report(msgspec.Struct):
    lampscan_hits: list[msgspec.Raw]

def sections(report):
    yield Section(report.lampscan_hits, lambda hit, _: Finding(hit.rule, 5.0), Hit, asset=repository("lamps"))

FORMAT = Format(
    slug="lampscan", scanner="Lampscan", asset_type=AssetType.REPOSITORY, aliases=("lamps",),
    variants=(JsonVariant(JsonSignature(keys={"lampscan_hits"}), Report, sections),),
)
"""
LOOK = """
import json, sys
from pathlib import Path
from scanner.catalogue import entries, find
from scanner.detection import detect
from scanner.opening import open_documents

def loaded():
    return sorted({name.split(".")[2] for name in sys.modules if name.startswith("scanner.formats.")})

known, before = sorted(entries()), loaded()
slugs = [detect(document, *sys.argv[2:]).slug for document in open_documents(Path(sys.argv[1]))]
print(json.dumps({"known": known, "before": before, "slugs": slugs, "after": loaded(), "lxml": "lxml" in sys.modules}))
"""


def look(report: Path, *more: str, path: str = "") -> dict[str, object]:
    """What a new process knows, finds and loads."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([path, *sys.path])}
    done = subprocess.run([sys.executable, "-c", LOOK, str(report), *more], capture_output=True, env=environment, check=True)
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_the_index_says_what_the_modules_say() -> None:
    assert formats.INDEX.read_bytes() == make_index(), "run python -m scanner.catalogue"


def test_the_page_says_what_the_modules_say() -> None:
    page = Path(__file__).parents[3] / PAGE
    assert page.read_text(encoding="utf-8") == make_page(), "run python -m scanner.catalogue"


@pytest.mark.parametrize("slug", entries())
def test_a_format_says_how_its_report_is_made_and_where_its_facts_are_from(slug: str) -> None:
    format_ = load(slug)
    assert format_.produce
    assert format_.sources
    assert all(source.startswith(("https://", "docs/")) for source in format_.sources)


def test_each_entry_leads_to_its_format() -> None:
    for slug, entry in entries().items():
        format_ = load(slug)
        assert (format_.slug, len(format_.variants)) == (slug, len(entry.variants))


def test_nothing_is_loaded_but_the_format_that_a_report_has(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}')
    said = look(report)
    assert (said["before"], said["slugs"], said["after"]) == ([], ["trivy"], ["trivy"])
    assert not said["lxml"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An installed package that brings a format."""
    folder = tmp_path / "installed"
    about = folder / "lampscan_format-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lampscan-format\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[phoenix_scanner.formats]\nlampscan = lampscan_format:FORMAT\n")
    (folder / "lampscan_format.py").write_text(BROUGHT)
    return folder


@pytest.mark.parametrize("scanner_type", ["auto", "lamps"])
def test_another_package_brings_a_format(package: Path, scanner_type: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"lampscan_hits": [{"rule": "wick"}]}')
    said = look(report, scanner_type, path=str(package))
    assert said["slugs"] == ["lampscan"]
    assert set(said["known"]) == {*entries(), "lampscan"}  # type: ignore[call-overload]


def test_a_format_that_another_package_does_not_bring_as_it_says_is_an_error(package: Path, tmp_path: Path) -> None:
    (package / "lampscan_format.py").write_text("FORMAT = None")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        look(tmp_path, path=str(package))
    assert b"ImportError: lampscan_format:FORMAT declares no format 'lampscan'" in failed.value.stderr


def test_a_scanner_that_is_not_read_yet_gets_its_own_sentence() -> None:
    awaited = [line for line in formats.AWAITED.read_text().splitlines() if not line.startswith("#")]
    for name in awaited:
        with pytest.raises(UnknownFormatError, match="not read yet"):
            find(name)
    assert awaited == sorted(set(awaited))
