"""Repeated elements: what is left out for the parser changes nothing of what comes out, neither findings nor errors."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from scanner.errors import MalformedReportError
from scanner.model import Asset, AssetType, Finding, Located
from scanner.opening import open_documents
from scanner.shapes.xml import Repeated, XmlSignature, XmlVariant
from scanner.shapes.xml import repeats as xml_repeats

ASSET = Asset(AssetType.INFRA, {"ip": "10.0.0.1"})
Translate = Callable[[Any, bytes], Any]

ITEM = b'<item port="1" id="7">\n<text>long &amp; &#x27;the same&#x27;</text>\n<more a="x"/><out>here</out>\n<end/></item>\n'


def said(element: etree._Element) -> str:
    return " ".join(
        f"{child.tag.rpartition('}')[2]}={child.text} {child.attrib}" for child in element if "out" not in child.tag
    )


def host_findings(host: etree._Element, known: Callable[[etree._Element], str]) -> Iterator[Located]:
    for item in host.iterchildren("{*}item"):
        outputs = [child.text for child in item if child.tag.endswith("out")]
        yield Located(ASSET, Finding(f"{host.get('name')} {item.get('port')} {known(item)} {outputs}", 5.0))


def variant(known: Callable[[etree._Element], str] = said) -> XmlVariant:
    return XmlVariant(XmlSignature(root="report"), "host", host_findings, repeated=Repeated("item", ("out",), known))


PLAIN = XmlVariant(XmlSignature(root="report"), "host", host_findings, index=lambda _: said)


def document(*items: bytes, hosts: int = 3) -> bytes:
    host = b'<host name="a">%b</host>' % b"".join(items)
    return b'<?xml version="1.0"?><!-- <item> --><report xmlns:p="urn:p">%b</report>' % (host * hosts)


def outcome(translate: Translate, variant: XmlVariant, content: bytes) -> Any:
    try:
        sink = translate(variant, content)
    except MalformedReportError as error:
        return str(error)
    return sink.names, sink.skipped


def test_what_repeats_is_looked_at_once(translate: Translate) -> None:
    looked_at: list[str] = []

    def known(element: etree._Element) -> str:
        looked_at.append(element.tag)
        return said(element)

    item = ITEM.replace(b">\n<text", b' title="%b">\n<text' % (b"x" * 100))
    content = document(item, item.replace(b"here", b"there").replace(b'"1"', b'"2"'), hosts=50)
    assert outcome(translate, variant(known), content) == outcome(translate, PLAIN, content)
    assert len(looked_at) == 1


@pytest.mark.parametrize(
    "item",
    [
        b"<item/>",
        b"<item></item>",
        b"<item>text</item>",
        b'<item a="/>"><b/></item>',
        b'<item a=">"><b/><out/></item>',
        b"<item a = 'x'\n><b/></item >",
        b"<item><b/><out>1</out>tail<out>2</out></item>",
        b"<item>]]<out>1</out>></item>",
        b'<item a="/>"><item><b/></item><b/></item><item a="1"/>',
        b"<item><b><out>inner</out></b></item>",
        b"<item><out>1<b/></out><c/></item>",
        b"<item><out><![CDATA[</out></item><item>]]></out><c/></item>",
        b"<item><b><![CDATA[</item>]]></b><out>1</out></item>",
        b"<item><b/><!-- </item> --><out>1</out></item>",
        b"<item><?pi </item> ?><out>1</out></item>",
        b"<item><item><b/></item><out>1</out></item>",
        b"<item><itemless/></item>",
        b"<item><p:b>1</p:b><p:out>1</p:out></item>",
        b"<p:item><b>1</b></p:item>",
        b'<item><b xmlns="urn:b">1</b><out>1</out></item>',
        b"<item><hole/><b>1</b><out>1</out></item>",
        b"<item><b>a\x00&#0;b</b><out>\x1b1</out></item>",
        b"<!\x00-- <item><b/></item> --><item><b/></item>",
        b"<!-- <item><b>--></b></item> <item><b>--></b></item>",
        b"<![CDATA[" + ITEM + b"]]>",
        b"<item><b>" + b"x" * 70_000 + b"</b><out>1</out></item>",
        b"<item><b>1</b><out>" + b"x" * 300_000 + b"</out></item>",
        b"<!-- " + b"x" * 300_000 + ITEM + b" -->",
    ],
)
def test_findings_are_those_of_the_whole(translate: Translate, item: bytes) -> None:
    content = document(ITEM, item, ITEM, item)
    assert outcome(translate, variant(), content) == outcome(translate, PLAIN, content)


@pytest.mark.parametrize(
    "item",
    [
        b"<item><b>x<<out>1</out>/b></item>",
        b"<item><b></item>",
        b"<item><b/><out>&nothing;</out></item>",
        b"<item><b>&nothing;</b></item>",
        b"<item><q:b/></item>",
        b'<item port="1" port="2"><b/></item>',
        b'<item port="<b/><out>1</out></item>',
        b"<item><b/><out>1</item></out>",
        b"<item><b/><out>]]></out></item>",
        b"<!item><item><b/></item>",
    ],
)
def test_errors_are_those_of_the_whole(translate: Translate, item: bytes) -> None:
    content = document(ITEM, ITEM, item, item)
    error = outcome(translate, variant(), content)
    assert isinstance(error, str)
    assert error == outcome(translate, PLAIN, content)


def test_a_prefix_of_one_place_is_none_of_another(translate: Translate) -> None:
    item = b"<item><q:b>1</q:b><out>1</out></item>"
    inside = b'<host xmlns:q="urn:q">' + item * 3 + b"</host>"
    content = b"<report>" + inside + b"<host>" + item + b"</host></report>"
    assert "prefix q" in outcome(translate, variant(), content)


def test_broken_anywhere_is_as_the_whole(translate: Translate) -> None:
    content = document(ITEM, ITEM.replace(b"here", b""), b"<item><b>&#1;<![CDATA[<item>]]></b></item>", hosts=2)
    chance = random.Random(7)
    for _ in range(400):
        at = chance.randrange(content.index(b"<report"), len(content))
        broken = bytearray(content)
        broken[at : at + chance.randrange(4)] = chance.choice(
            [b"", b"<", b">", b'"', b"/", b"<!--", b"-->", b"]]>", b"\0", b"&"]
        )
        assert outcome(translate, variant(), bytes(broken)) == outcome(translate, PLAIN, bytes(broken)), bytes(broken)


def test_chunks_end_anywhere(translate: Translate) -> None:
    """Elements of all lengths, over several of the pieces that are read at once."""
    items = [ITEM.replace(b"here", b"x" * (n % 997)).replace(b"the same", b"of %d" % (n % 5)) for n in range(2_000)]
    content = document(*items, b"<!-- " + ITEM + b"-->", *items, hosts=2)
    assert outcome(translate, variant(), content) == outcome(translate, PLAIN, content)


def test_a_failure_skips_the_host_and_names_its_line(translate: Translate) -> None:
    def refuse(element: etree._Element) -> str:
        raise ValueError(element.findtext("text"))

    content = document(ITEM, ITEM).replace(b"</report>", b"<host/></report>")
    plain = XmlVariant(XmlSignature(root="report"), "host", host_findings, index=lambda _: refuse)
    made = outcome(translate, variant(refuse), content)
    assert len(made[1]) == 3
    assert made == outcome(translate, plain, content)


def test_what_is_remembered_has_a_bound(translate: Translate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.shapes.xml.repeats._REMEMBERED_BYTES", 3_000)
    looked_at: list[str] = []

    def known(element: etree._Element) -> str:
        looked_at.append(element.tag)
        return said(element)

    items = [ITEM.replace(b'"7"', b'"%d"' % n).replace(b"long", b"%d" % n) for n in range(10)]
    content = document(*items, hosts=3)
    assert outcome(translate, variant(known), content) == outcome(translate, PLAIN, content)
    assert len(looked_at) == 2 + 3 * 8


def test_another_report_may_say_the_same_or_something_else(translate: Translate) -> None:
    """Four contents are known by the same start tag, those of the last report."""
    looked_at: list[str] = []

    def known(element: etree._Element) -> str:
        looked_at.append(element.tag)
        return said(element)

    same = variant(known)
    items = [ITEM.replace(b"long", b"%d" % report) for report in range(6)]
    contents = [document(item, item.replace(b"here", b"there")) for item in items]
    for content in [*contents, *contents[2:], contents[0]]:
        assert outcome(translate, same, content) == outcome(translate, PLAIN, content)
    assert len(looked_at) == 6 + 1
    xml_repeats.forget()
    outcome(translate, same, contents[0])
    assert len(looked_at) == 6 + 1 + 1


def test_each_thread_remembers_for_itself(tmp_path: Path) -> None:
    """A number must mean the same to all who have it."""
    same = variant()
    reports = [document(*(ITEM.replace(b"long", b"%d" % (n * own)) for n in range(300))) for own in range(1, 5)]

    def read(number: int) -> list[str]:
        path = tmp_path / str(number)
        path.write_bytes(reports[number])
        (opened,) = open_documents(path)
        (section,) = same.read(opened, None)
        return [located.finding.name for host in section.records for located in host_findings(host, section.context)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(read, range(4)))
    assert together == [read(number) for number in range(4)]
    assert [len(set(names)) for names in together] == [300] * 4
