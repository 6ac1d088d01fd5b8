"""A check as JUnit XML, which CI systems show: one test case per comparison."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as xml

from normstats.check.case import Case, Document

NAME = "normstats check"


def as_junit(document: Document) -> str:
    """One suite for each group of comparisons; the numbers are properties of the cases."""
    root = _suite("testsuites", NAME, document.cases, document.elapsed_s)
    groups = dict.fromkeys(case.group for case in document.cases)
    for number, group in enumerate(groups):
        cases = [case for case in document.cases if case.group == group]
        suite = _suite("testsuite", group, cases, sum(case.elapsed_s for case in cases))
        suite.set("id", str(number))
        root.append(suite)
        header = dict(document.header) | {"title": document.title}
        if document.interrupted:
            header["interrupted"] = document.interrupted
        _properties(suite, header)
        for case in cases:
            suite.append(_case(case))
    xml.indent(root)
    text = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(tag: str, name: str, cases: list[Case] | Any, elapsed_s: float) -> xml.Element:
    failures = sum(not case.passed for case in cases)
    return xml.Element(
        tag,
        {
            "name": _clean(name),
            "tests": str(len(cases)),
            "failures": str(failures),
            "errors": "0",
            "skipped": "0",
            "time": f"{elapsed_s:.6f}",
        },
    )


def _case(case: Case) -> xml.Element:
    element = xml.Element(
        "testcase",
        {
            "classname": _clean(f"normstats.{case.group}"),
            "name": _clean(case.name),
            "time": f"{case.elapsed_s:.6f}",
        },
    )
    _properties(element, case.numbers)
    if not case.passed:
        failure = xml.SubElement(element, "failure", {"message": _clean(case.message)})
        failure.set("type", "disagreement")
        failure.text = _clean(f"{case.name}: {case.message}")
    return element


def _properties(element: xml.Element, values: Mapping[str, Any]) -> None:
    shown = {name: text for name, value in values.items() if (text := _text(value)) is not None}
    if shown:
        properties = xml.SubElement(element, "properties")
        for name, text in shown.items():
            xml.SubElement(properties, "property", {"name": _clean(name), "value": text})


def _text(value: Any) -> str | None:
    """A number in full precision; nothing for what is unknown or has parts."""
    if value is None or isinstance(value, (dict, list, tuple)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    return _clean(str(value))


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, even escaped."""
    return "".join(
        c
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
        else "\ufffd"
        for c in text
    )
