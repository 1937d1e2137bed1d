"""What Fortify says of projects and priorities."""

import pytest
from lxml import etree

from scanner.families.elements import Fields
from scanner.formats.fortify.fvdl import Project, priority
from scanner.normalize.severity import CRITICAL, HIGH, LOW, MEDIUM

TABLES = ("Rule", "Description", "Snippet", "Issue", "Node", "BuildID", "SourceBasePath")


def element(name: str, text: str) -> etree._Element:
    made = etree.Element(name)
    made.text = text
    return made


@pytest.mark.parametrize(
    ("build", "base", "name"),
    [
        ("shop", "", "shop"),
        ("front_end_20240220_629_9", "", "front_end"),
        ("", "/home/runner/work/shop/shop/src", "shop"),
        ("", "", "fortify"),
    ],
)
def test_a_project_is_called_the_same_on_every_scan(build: str, base: str, name: str) -> None:
    tables = {name: [] for name in TABLES} | {"BuildID": [element("BuildID", build)], "SourceBasePath": [element("S", base)]}
    assert Project(tables).asset.attributes["repository"] == name


@pytest.mark.parametrize(
    ("impact", "probability", "confidence", "expected"),
    [("5", "5", "5", CRITICAL), ("5", "1", "5", HIGH), ("1", "5", "5", MEDIUM), ("1", "1", "5", LOW), ("5", "5", "2", HIGH)],
)
def test_priority_is_made_of_impact_and_likelihood(impact: str, probability: str, confidence: str, expected: float) -> None:
    instance = etree.fromstring(f"<I><Confidence>{confidence}</Confidence></I>")
    assert priority({"Impact": impact, "Probability": probability, "Accuracy": "5"}, Fields(None), Fields(instance)) == expected
