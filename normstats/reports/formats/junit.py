"""For CI systems, as JUnit XML: one test case per comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from normstats.reports.formats import Format
from normstats.reports.model import Case, Report

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def render(report: Report) -> str:
    """One suite for each group of comparisons; the numbers are properties of the cases."""
    from xml.etree import ElementTree as xml

    elapsed_s = report.header.get("elapsed_s", 0.0)
    root = xml.Element("testsuites", _counts(report.title, report.cases, elapsed_s))
    for number, group in enumerate(dict.fromkeys(case.group for case in report.cases)):
        cases = [case for case in report.cases if case.group == group]
        counts = _counts(group, cases, sum(case.elapsed_s for case in cases))
        suite = xml.SubElement(root, "testsuite", counts | {"id": str(number)})
        _properties(suite, report.header)
        for case in cases:
            _case(suite, case)
    xml.indent(root)
    text = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


FORMAT = Format(render, (".xml",), rank=5, of_cases=True)


def _counts(name: str, cases: Sequence[Case], elapsed_s: float) -> dict[str, str]:
    return {
        "name": _clean(name),
        "tests": str(len(cases)),
        "failures": str(sum(not case.passed for case in cases)),
        "errors": "0",
        "skipped": "0",
        "time": f"{elapsed_s:.6f}",
    }


def _case(suite: Element, case: Case) -> None:
    from xml.etree.ElementTree import SubElement

    about = {"classname": _clean(f"normstats.{case.group}"), "name": _clean(case.name)}
    element = SubElement(suite, "testcase", about | {"time": f"{case.elapsed_s:.6f}"})
    _properties(element, case.numbers)
    if not case.passed:
        about = {"message": _clean(case.message), "type": "disagreement"}
        failure = SubElement(element, "failure", about)
        failure.text = _clean(f"{case.name}: {case.message}")


def _properties(element: Element, values: Mapping[str, Any]) -> None:
    from xml.etree.ElementTree import SubElement

    shown = {name: text for name, value in values.items() if (text := _text(value)) is not None}
    if shown:
        properties = SubElement(element, "properties")
        for name, text in shown.items():
            SubElement(properties, "property", {"name": _clean(name), "value": text})


def _text(value: Any) -> str | None:
    """A number in full precision; nothing for what is unknown or has parts."""
    if value is None or isinstance(value, (dict, list, tuple)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if isfinite(value) else None
    return _clean(str(value))


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, even escaped."""
    return "".join(
        c
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
        else "\ufffd"
        for c in text
    )
