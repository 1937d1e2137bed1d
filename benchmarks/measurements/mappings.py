"""Formats as data against the same in Python, in one process and in turns: everything from the file to encoded findings."""

import csv
import gc
import json
import time
from pathlib import Path
from typing import Any

from benchmarks import leaks
from benchmarks.figure import Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale
from scanner.catalogue import load
from scanner.collecting import Collector
from scanner.opening import open_documents
from scanner.options import ImportOptions
from scanner.shapes.csv import records as csv_records
from scanner.shapes.rooms import read_facts
from scanner.shapes.shape import Variant
from scanner.translation import translate_sections

_TARGET = at_most(1 / 0.8)
"""No less than 0.8 of the speed."""


def measure(scale: Scale, place: Place) -> Measured:
    mapped, written = load("gitleaks"), leaks.FORMAT
    by_shape = {variant.shape: variant for variant in reversed(mapped.variants)}
    figures = []
    for variant in written.variants:
        path = place.folder / f"leaks.{variant.shape}"
        _write(path, variant.shape, scale.one_core_findings)
        ours, floor = [], []
        assert _encoded(path, by_shape[variant.shape]) == _encoded(path, variant), "they do not say the same"
        for _ in range(scale.one_core_rounds):
            floor.append(_seconds(path, variant))
            ours.append(_seconds(path, by_shape[variant.shape]))
        figures.append(
            Figure(
                name=f"translate leaks by a mapping, {variant.shape}, one core",
                value=min(ours),
                unit="s",
                floor=min(floor),
                floor_name="the same in Python",
                target=_TARGET,
                note=f"{scale.one_core_findings / min(ours):,.0f} findings/s",
            )
        )
    return Measured(figures)


def _seconds(path: Path, variant: Variant[Any]) -> float:
    csv_records.forget()
    gc.collect()
    started = time.process_time()
    _encoded(path, variant)
    return time.process_time() - started


def _encoded(path: Path, variant: Variant[Any]) -> list[bytes]:
    collector = Collector(ImportOptions())
    for document in open_documents(path):
        translate_sections(variant.read(document, variant.layout(read_facts(document))), document.name, collector)
    return [finding for partition in collector.blocks() for block in partition for finding in block.findings]


def _write(path: Path, shape: str, findings: int) -> None:
    leaks_found = [
        {
            "RuleID": f"rule-{number % 40}",
            "Description": "A key of a service was found, which lets others use it.",
            "StartLine": number % 900 + 1,
            "EndLine": number % 900 + 1,
            "StartColumn": 5,
            "EndColumn": 40,
            "Match": "key = abcdefgh",
            "Secret": f"abcdefgh{number}",
            "File": f"src/main/java/com/example/File{number % 700}.java",
            "SymlinkFile": "",
            "Commit": f"{number % 300:040x}",
            "Entropy": 4.1,
            "Author": "Jo Doe",
            "Email": "jo@example.com",
            "Date": "2024-05-01T10:00:00Z",
            "Message": "Change things",
            "Fingerprint": f"{number % 300:040x}:{number}",
        }
        for number in range(findings)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        if shape == "csv":
            rows = csv.DictWriter(file, list(leaks_found[0]))
            rows.writeheader()
            rows.writerows(leaks_found)
        else:
            json.dump(leaks_found, file)
