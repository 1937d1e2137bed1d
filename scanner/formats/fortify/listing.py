"""Issues in the XML of Fortify's report generator: grouped, with what they share before them.

A report has several sections, each with issues of its own choice: what one has listed others may list again.
"""

from lxml import etree

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.elements import Fields, child, children
from scanner.formats.fortify.audits import is_secret, judged
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined, plain
from scanner.shapes.xml import Tables

_ID_CHARACTERS = 12


class Listed:
    """The ids of the issues that a report has listed so far."""

    def __init__(self, _: Tables) -> None:
        self._ids: set[str] = set()

    def again(self, id_: str) -> bool:
        """Whether it was listed before; from now on it was."""
        is_known = id_ in self._ids
        if id_:
            self._ids.add(id_)
        return is_known


def issue_finding(issue: etree._Element, listed: Listed) -> Located | None:
    if listed.again(issue.get("iid", "")):
        return None
    fields, primary, source = Fields(issue), Fields(child(issue, "Primary")), Fields(child(issue, "Source"))
    name = fields.one("Category")
    if not name:
        raise RecordError("it has no category")
    shared = _shared(issue.getparent())
    tags = {Fields(tag).one("Name"): Fields(tag).one("Value") for tag in children(issue, "Tag")}
    said = map(Fields, children(issue, "Comment"))
    comments = [joined(each.one("UserInfo"), each.one("Comment"), separator=": ") for each in said]
    id_ = issue.get("iid", "")
    finding = Finding(
        name=name,
        severity=severity(first(fields.one("Friority"), fields.one("Folder"))),
        location=" ".join(filter(None, (_place(primary), f"[{id_[:_ID_CHARACTERS]}]" if id_ else ""))),
        description=joined(plain(fields.one("Abstract")), plain(fields.one("AbstractCustom")), shared.get("Explanation")),
        remedy=shared.get("Recommendations", ""),
        cwes=cwes([fields.one("CWE"), *(value for tag, value in tags.items() if "cwe" in tag.casefold())]),
        details=details(
            instance_id=id_,
            rule=issue.get("ruleID", ""),
            kingdom=fields.one("Kingdom"),
            folder=fields.one("Folder"),
            target=primary.one("TargetFunction"),
            source=_place(source),
            tips=shared.get("Tips"),
            comments=comments,
            tags=[f"{tag}: {value}" for tag, value in tags.items()],
            evidence="" if is_secret(name) else excerpt(primary.one("Snippet")),
        ),
    )
    return Located(repository("fortify", origin="fortify"), _judged(finding, issue, tags, comments))


def _judged(finding: Finding, issue: etree._Element, tags: dict[str, str], comments: list[str]) -> Finding | Dismissed:
    return judged(finding, [tags.get("Analysis", "")], comments, is_suppressed=issue.get("suppressed", "").casefold() == "true")


def _place(fields: Fields) -> str:
    path = below_checkout(fields.one("FilePath", "FileName"))
    return ":".join(filter(None, (path, fields.one("LineStart") if path else "")))


def _shared(section: etree._Element | None) -> dict[str, str]:
    """What the section says of all of its issues."""
    found = section.iterfind("{*}MajorAttributeSummary/{*}MetaInfo") if section is not None else ()
    return {each.one("Name"): plain(each.one("Value")) for each in map(Fields, found)}
