"""What a report brings along."""

from cluster.report import anonymizer_key


def test_names_are_replaced_alike_on_every_scan_of_a_tenant_and_by_nobody_else() -> None:
    key = anonymizer_key("old", "default")
    assert key == anonymizer_key("new, old ", "default")
    assert len({key, anonymizer_key("old", "other"), anonymizer_key("new", "default")}) == 3
