"""SpotBugs' and FindBugs' XML (``-xml``, ``-xml:withMessages``), with the rules of Find Security Bugs or others.

What a pattern is about stands at the end of a report, where messages were asked for.
"""

import re

from lxml import etree

from scanner.assets import code
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.elements import Fields, child, children
from scanner.format import Format
from scanner.model import AssetType, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import HIGH, LOW, MEDIUM, rating
from scanner.normalize.text import first, plain
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_PRIORITIES = {"1": HIGH, "2": MEDIUM, "3": LOW, "4": LOW, "5": LOW}
_SOLUTION = re.compile(r"(?s)\b(?:Solution|Possible fix|Fix):?\s*\n(.{1,4000}?)(?:\n\s*References?\b|\Z)")


class Patterns:
    """What the report says of patterns, and of the project."""

    def __init__(self, tables: Tables) -> None:
        self._patterns = {each.get("type", ""): each for each in tables["BugPattern"]}
        project = next(iter(tables["Project"]), None)
        name = (project.get("projectName") if project is not None else "") or ""
        self.asset = code(name.strip() or "SpotBugs", origin="SpotBugs")

    def fields(self, type_: str) -> Fields:
        return Fields(self._patterns.get(type_))

    def cwe(self, type_: str) -> str:
        pattern = self._patterns.get(type_)
        return (pattern.get("cweid") or "") if pattern is not None else ""


def bug_finding(element: etree._Element, patterns: Patterns) -> Located:
    fields = Fields(element)
    if etree.QName(element).localname == "Error":
        raise RecordError(f"the tool says: {first(fields.one('ErrorMessage', 'Exception'), 'an error')}")
    type_ = element.get("type", "")
    if not type_:
        raise RecordError("it has no type")
    pattern = patterns.fields(type_)
    about = plain(pattern.one("Details"))
    solution = _SOLUTION.search(about)
    method, field = _part(element, "Method"), _part(element, "Field")
    finding = Finding(
        name=type_,
        severity=rating(element.get("priority"), scale=_PRIORITIES),
        location=" ".join(filter(None, (_place(element), f"({method})" if method else ""))),
        description=first(fields.one("LongMessage"), fields.one("ShortMessage"), pattern.one("ShortDescription"), type_),
        remedy=solution[1].strip() if solution else "",
        cwes=cwes([element.get("cweid")]) or cwes([patterns.cwe(type_)]) or cwes([about])[:1],
        details=details(
            category=element.get("category", ""),
            rank=element.get("rank", ""),
            priority=element.get("priority", ""),
            class_name=_part(element, "Class"),
            method=method,
            field=field,
            message=fields.one("ShortMessage"),
            strings=[each.get("value") for each in children(element, "String") if each.get("value")],
            hash=element.get("instanceHash", ""),
            pattern=about,
        ),
    )
    return Located(patterns.asset, finding)


def _part(bug: etree._Element, name: str) -> str:
    found = child(bug, name)
    if found is None:
        return ""
    return ".".join(filter(None, (found.get("classname"), found.get("name") if name != "Class" else "")))


def _place(bug: etree._Element) -> str:
    """The line that the bug is in, else those of its method or class."""
    for line in (
        *children(bug, "SourceLine"),
        *bug.iterfind("{*}Method/{*}SourceLine"),
        *bug.iterfind("{*}Class/{*}SourceLine"),
    ):
        if path := below_checkout(line.get("relSourcepath") or line.get("sourcepath") or line.get("sourcefile") or ""):
            return ":".join(filter(None, (path, line.get("start"))))
    return ""


FORMAT = Format(
    slug="spotbugs",
    scanner="SpotBugs",
    asset_type=AssetType.CODE,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="BugCollection"),
            record=("BugInstance", "Error"),
            translate=bug_finding,
            tables=("BugPattern", "Project"),
            index=Patterns,
        ),
    ),
    names=("SpotBugs Scan",),
    aliases=("findbugs", "findsecbugs", "find_sec_bugs", "find_security_bugs"),
    produce="spotbugs -textui -xml:withMessages -output spotbugs.xml target/classes",
    sources=(
        "https://github.com/spotbugs/spotbugs/blob/master/spotbugs/etc/bugcollection.xsd",
        "https://github.com/find-sec-bugs/find-sec-bugs",
    ),
)
