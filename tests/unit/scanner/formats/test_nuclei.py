"""What a template is about is read once, and is still that of each match."""

import json
from typing import Any

import msgspec
import pytest

from scanner.formats.nuclei import Match, match_finding
from scanner.model import Finding
from scanner.shapes.json.reading import decoder

HOST = "https://a.example"


def found(**record: Any) -> Finding:
    match = decoder(Match).decode(json.dumps({"template-id": "t", "host": HOST, "matched-at": HOST} | record))
    located = match_finding(match, None)
    assert located is not None
    assert located.finding is not None
    return located.finding


def test_templates_of_one_id_are_told_apart() -> None:
    names = [found(info={"name": name, "severity": severity}) for name, severity in (("A", "low"), ("B", "high"), ("A", "low"))]
    assert [(finding.name, finding.severity) for finding in names] == [("A", 2.0), ("B", 8.0), ("A", 2.0)]


def test_what_one_match_says_is_not_said_of_the_next() -> None:
    info = {"name": "A", "reference": ["https://r.example"]}
    told, bare = found(info=info, ip="192.0.2.1", **{"matcher-name": "m", "extracted-results": ["x"]}), found(info=info)
    assert (told.details.ip, told.details.matcher, told.details.extracted) == ("192.0.2.1", "m", ["x"])
    assert (bare.details.ip, bare.details.matcher, bare.details.extracted) == ("", "", [])


def test_a_template_that_cannot_be_read_is_named_by_its_place_in_every_match() -> None:
    for _ in range(2):
        with pytest.raises(msgspec.ValidationError, match=r"\$\.info\.name"):
            found(info={"name": [1]})


@pytest.mark.parametrize("info", [None, {}])
def test_without_a_description_the_template_gives_the_name(info: object) -> None:
    assert found(info=info).name == "t"
