"""What Prowler says beside a failed check, in its CSV and in OCSF."""

import msgspec
import pytest

from scanner.families.prowler.native import Row, from_csv
from scanner.families.prowler.ocsf import Event, from_event
from scanner.model import Finding, Located


def found(located: Located | None) -> Finding:
    assert located is not None
    assert isinstance(located.finding, Finding)
    return located.finding


def test_requirements_and_the_code_that_helps_are_kept() -> None:
    row = Row(
        status="FAIL",
        check_title="Root has MFA",
        resource_uid="arn:aws:iam::1:root",
        compliance="CIS-2.0: 1.5 | PCI-4.0: 8.3",
        categories="identity-access",
        notes="once a year",
        code_cli="aws iam enable-mfa-device",
        code_terraform="resource x",
    )
    assert found(from_csv(row, None)).details == {
        "status": "FAIL",
        "compliance": ["CIS-2.0: 1.5", "PCI-4.0: 8.3"],
        "categories": ["identity-access"],
        "notes": "once a year",
        "fix": "aws iam enable-mfa-device\n\nresource x",
    }


@pytest.mark.parametrize("categories", [["identity"], "identity"])
def test_ocsf_has_the_same_however_it_is_written(categories: object) -> None:
    event = msgspec.convert(
        {
            "status_code": "FAIL",
            "finding_info": {"title": "Root has MFA"},
            "unmapped": {"compliance": {"CIS-2.0": ["1.5", "1.6"]}, "categories": categories, "notes": None},
        },
        Event,
    )
    details = found(from_event(event, None)).details
    assert (details["compliance"], details["categories"]) == (["CIS-2.0: 1.5, 1.6"], ["identity"])
    assert "notes" not in details


def test_an_event_without_a_title_is_named_by_its_message() -> None:
    event = msgspec.convert({"status_code": "FAIL", "message": "MFA is off", "unmapped": {"compliance": "none"}}, Event)
    assert found(from_event(event, None)).name == "MFA is off"
