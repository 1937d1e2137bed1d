"""XML: what a hostile or broken document may not do, and what a merely dirty one may."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.model import Asset, AssetType, Finding, Located
from scanner.readers.document import Document
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant
from scanner.shapes.xml.elements import Elements

ASSET = Asset(AssetType.INFRA, {"ip": "10.0.0.1"})
Translate = Callable[[Any, bytes], Any]


def item(element: etree._Element, tables: Tables) -> Located:
    host = next(element.iterancestors("host"), None)
    texts = [entry.text for entry in tables.get("entry", ())]
    return Located(ASSET, Finding(":".join(filter(None, (host is not None and host.get("name"), element.text, *texts))), 5.0))


VARIANT = XmlVariant(XmlSignature(root="report"), record="item", translate=item)
WHOLE = b"""<?xml version="1.0"?><!-- c --><!DOCTYPE report [<!ELEMENT report (host*)>]>
<report><host name="a"><os>x</os><item>1</item><item>2</item></host><host name="b"><item>3</item></host></report>"""


def test_records_see_their_ancestors(translate: Translate) -> None:
    assert translate(VARIANT, WHOLE).names == ["a:1", "a:2", "b:3"]


def test_cut_anywhere_is_refused_with_its_line(translate: Translate) -> None:
    for at in range(WHOLE.index(b"<report>") + 8, len(WHOLE)):
        with pytest.raises(MalformedReportError, match="line 2"):
            translate(VARIANT, WHOLE[:at])


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE report [<!ENTITY a "b">]>',
        b"<!DOCTYPE report [<!-- <report> -->\n <!ENTITY % a SYSTEM 'file:///etc/passwd'>]>",
        b"<!-- " + b"x" * 70_000 + b' --><!DOCTYPE report [<?p <report> ?><!ATTLIST a b CDATA "]>"><!ENTITY a "b">]>',
    ],
)
def test_entities_are_refused_wherever_they_hide(translate: Translate, prolog: bytes) -> None:
    with pytest.raises(MalformedReportError, match="entities"):
        translate(VARIANT, prolog + b"<report><item>1</item></report>")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7"])
def test_entities_are_refused_in_any_encoding(translate: Translate, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE report [<!ENTITY a "b">]><report/>'
    content = (
        text.encode("utf-16")
        if encoding == "utf-16"
        else text.split("?>")[0].encode() + b"?>" + text.split("?>")[1].encode("utf-7")
    )
    with pytest.raises(MalformedReportError, match="entities"):
        translate(VARIANT, content)


def test_control_characters_do_not_make_an_entity(translate: Translate) -> None:
    """Characters are left out behind the prolog only: what was looked at is what is parsed."""
    with pytest.raises(MalformedReportError):
        translate(VARIANT, b'<!DOCTYPE report [<!ENT\x01ITY a "b">]><report><item>&a;</item></report>')


def test_the_word_entity_in_evidence_is_no_entity(translate: Translate) -> None:
    evidence = b'<report><item><![CDATA[<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>]]></item></report>'
    assert "<!ENTITY" in translate(VARIANT, evidence).names[0]


def test_illegal_characters_are_left_out(translate: Translate) -> None:
    dirty = b"\n <report><item>a\x00b\x1bc&#0;d&#x1F;e&#65;&#xFFFF;\xef\xbf\xbff&lt;</item></report>"
    assert translate(VARIANT, dirty).names == ["abcdeAf<"]


def test_character_references_at_any_offset(translate: Translate) -> None:
    """None is torn apart where the parser's chunks end."""
    items = b"".join(b"<item>" + b"x" * (n % 50) + b"&#1;&#x41;</item>" for n in range(4_000))
    names = translate(VARIANT, b"<report>" + items + b"</report>").names
    assert {name.lstrip("x") for name in names} == {"A"}


def test_wrong_utf8_is_survived(translate: Translate) -> None:
    assert translate(VARIANT, b'<?xml version="1.0" encoding="UTF-8"?><report><item>\xe4</item></report>').names == ["ä"]


def test_deep_nesting_is_refused(translate: Translate) -> None:
    with pytest.raises(MalformedReportError):
        translate(VARIANT, b"<report>" + b"<a>" * 100_000)


def test_elements_that_are_no_records_cannot_fill_the_memory(translate: Translate) -> None:
    with pytest.raises(LimitExceededError, match="tags"):
        translate(VARIANT, b"<report>" + b"<x/>" * 2_100_000 + b"</report>")


def test_tables_are_there_for_every_record(translate: Translate) -> None:
    variant = XmlVariant(XmlSignature(root="report"), record="item", translate=item, tables=("entry",))
    names = translate(variant, b"<report><item>1</item><item>2</item><glossary><entry>g</entry></glossary></report>").names
    assert names == ["1:g", "2:g"]


def test_a_record_within_a_record_comes_with_the_outer_one(translate: Translate) -> None:
    assert translate(VARIANT, b"<report><item>1<item>2</item></item><item>3</item></report>").names == ["1", "3"]


def test_memory_is_flat_over_hosts_and_their_properties(translate: Translate) -> None:
    """Ended hosts go, with what stood in them before their records."""
    alive: list[int] = []

    def count(element: etree._Element, _: Tables) -> Iterator[Located]:
        alive.append(sum(1 for _ in element.getroottree().getroot().iter()))
        yield Located(ASSET, Finding("x", 5.0))

    host = b"<host><properties><p/><p/></properties>" + b"<item>1</item>" * 5 + b"</host>"
    translate(XmlVariant(XmlSignature(root="report"), record="item", translate=count), b"<report>" + host * 500 + b"</report>")
    assert max(alive) < 5_000  # a parser chunk's worth, not all 4,500 × …
    assert alive[-1] <= max(alive[:500])


def test_lines_are_counted(translate: Translate) -> None:
    def refuse(element: etree._Element, _: Tables) -> Located:
        if element.text == "bad":
            raise ValueError("no")
        return item(element, {})

    variant = XmlVariant(XmlSignature(root="report"), record="item", translate=refuse)
    sink = translate(variant, b"<report>\n<item>1</item>\n\n<item>bad</item></report>")
    assert [skipped.place for skipped in sink.skipped] == ["line 4"]


def test_a_prefix_that_nobody_has_declared_is_read() -> None:
    """Wapiti 3.2.3 writes ``xsi:nil`` without declaring ``xsi``."""
    report = b'<?xml version="1.0" ?>\n<report type="security"><info name="auth" xsi:nil="true"/><entry/></report>'
    assert [element.tag for element in Elements(Document("report.xml", report, Path("report.xml")), ("info", "entry"))] == [
        "info",
        "entry",
    ]


def test_a_prefix_that_is_declared_stays_so() -> None:
    report = b'<report xmlns:xsi="urn:other"><info xsi:nil="true"/></report>'
    (attributes,) = (
        dict(element.attrib) for element in Elements(Document("report.xml", report, Path("report.xml")), ("info",))
    )
    assert attributes == {"{urn:other}nil": "true"}
