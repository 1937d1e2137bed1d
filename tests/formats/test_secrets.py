"""A secret that a report quotes stays in the report."""

import re
from pathlib import Path

from sample_reports import WHOLE

import scanner.formats

PLANTED = re.compile(
    r"ghp_not\w+|AKIANOT\w+|hunter2\w*|32ui1ffdasfhu239|6B760A0478D4EB84|9ed54617547cfca?\w*|deadbeefdeadbeef|c2VjcmV0c2VjcmV0"
    r"|tokentokentoken|AIzaSyNotAKey|notasecretnotasecret"
)
QUOTING = [sample for sample in WHOLE if PLANTED.search(sample.path.read_bytes().decode("utf-8", "replace"))]
FORMATS = Path(scanner.formats.__file__).parent
_ABOUT_SECRETS = re.compile(r"Revoke the secret|CWE-798|\bROTATE\b|\bmasked\b|families\.secrets")
QUOTE_NOTHING = {
    "aqua": "names files",
    "cred_scan": "names files and hashes",
    "deepfence_threatmapper": "in workbooks, which are packed",
    "dodgy": "names rules",
    "fortify": "snippets are in packed projects",
    "trivy": "masks them itself",
    "trivy_operator": "masks them itself",
    "wizcli": "names files",
    "xygeni": "masks them itself",
}


def test_formats_of_secrets_have_samples_that_quote_them() -> None:
    sources = [path for path in FORMATS.rglob("*") if path.suffix in (".py", ".yaml")]
    telling = {
        path.relative_to(FORMATS).parts[0].partition(".")[0] for path in sources if _ABOUT_SECRETS.search(path.read_text())
    }
    assert telling - {sample.slug for sample in QUOTING} == set(QUOTE_NOTHING)


def test_no_secret_is_in_what_is_imported() -> None:
    """By the accepted snapshots, to which translations are held."""
    assert not [str(sample) for sample in QUOTING if PLANTED.search(sample.snapshot.read_text())]
