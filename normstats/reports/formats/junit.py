"""For CI systems, as JUnit XML: one test case per comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from normstats.reports.formats import Format
from normstats.reports.formats.csv import flat
from normstats.reports.model import Case, Report
from normstats.result.document import strict

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What XML 1.0 cannot hold, even escaped.
_FORBIDDEN = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


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
            about = _clean(classname=f"normstats.{group}", name=case.name)
            one = xml.SubElement(suite, "testcase", about | {"time": f"{case.elapsed_s:.6f}"})
            _properties(one, case.numbers)
            if not case.passed:
                about = _clean(message=case.message, type="disagreement")
                failure = xml.SubElement(one, "failure", about)
                failure.text = f"{one.get('name')}: {failure.get('message')}"
    xml.indent(root)
    text = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


FORMAT = Format(render, (".xml",), rank=5, of_cases=True)


def _counts(name: str, cases: Sequence[Case], elapsed_s: float) -> dict[str, str]:
    failures = sum(not case.passed for case in cases)
    numbers = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": 0}
    return _clean(name=name, **numbers, time=f"{elapsed_s:.6f}")


def _properties(element: Element, values: Mapping[str, Any]) -> None:
    """Numbers in full precision; nothing of what is unknown or has parts."""
    from xml.etree.ElementTree import SubElement

    shown = {
        name: value
        for name, value in values.items()
        if strict(value) is not None and not isinstance(value, (Mapping, list, tuple))
    }
    if shown:
        properties = SubElement(element, "properties")
        for name, value in shown.items():
            SubElement(properties, "property", _clean(name=name, value=flat(value)))


def _clean(**values: Any) -> dict[str, str]:
    return {name: re.sub(_FORBIDDEN, "\ufffd", str(value)) for name, value in values.items()}
