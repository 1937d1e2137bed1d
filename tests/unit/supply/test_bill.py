"""The bill of what an installation is made of."""

import json
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.bill import with_page
from supply.locked import SERVICE_LOCK
from supply.page_lock import PAGE_LOCK, page_packages


def test_the_bill_has_what_the_page_carries_and_no_tool_that_builds_it(tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("cyclonedx-py"), "requirements", SERVICE_LOCK, "--output-reproducible"]
    command += ["--pyproject", Path(__file__).parents[3] / "pyproject.toml", "-o", tmp_path / "bill.json"]
    subprocess.run(command, check=True, capture_output=True)
    python = json.loads((tmp_path / "bill.json").read_text())
    packages = page_packages(PAGE_LOCK.read_text())
    told = with_page(python, packages)
    assert told == with_page(python, packages), "the same for the same locks"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(told) is None
    bill = json.loads(told)
    purls = {one["purl"] for one in bill["components"]}
    assert {one["purl"] for one in python["components"]} < purls
    shipped = {f"pkg:npm/{one.name}@{one.version}" for one in packages if one.is_shipped}
    assert {purl for purl in purls if purl.startswith("pkg:npm/")} == shipped
    (root,) = [one for one in bill["dependencies"] if one["ref"] == bill["metadata"]["component"]["bom-ref"]]
    assert set(root["dependsOn"]) == shipped
