"""The tables from results that are made up: all files, their numbers, and the same bytes again."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from normstats import registry
from normstats.errors import UsageError
from normstats.published.catalogue import catalogue, pages
from normstats.published.verdict import Kind
from normstats.result import Estimate, Exact, Result, Statistics
from normstats.runs.inputs import NAMES
from normstats.runs.run import Run
from normstats.tables import documents, generate, index, jobs, posts, write
from normstats.tables.budget import FEWEST, divisor, samples_for
from normstats.tables.jobs import Wanted

SCALAR = 10**9


def fake(run: Run) -> Result:
    """A result half a standard error above the exact values."""

    def side(exact: Exact) -> Statistics:
        se = 1.0 / math.sqrt(run.samples)

        def estimate(value: float | None) -> Estimate:
            return Estimate((value or 0.0) + se / 2.0, se, value)

        zeros = Estimate(0.0, None, exact.zeros)
        return Statistics(estimate(exact.mean), estimate(exact.std), estimate(exact.rms), zeros)

    known = registry.exact_values(run.call, run.inputs).statistics
    return Result(
        run=run,
        samples=run.samples,
        threads=2,
        elapsed_s=1.0,
        interrupted=False,
        statistics={name: side(exact) for name, exact in known.items()},
    )


NEEDED = generate.needed(SCALAR, 0)


@pytest.fixture(scope="module")
def results() -> dict[Wanted, Result]:
    return {Wanted.of(run): fake(run) for run in NEEDED}


@pytest.fixture(scope="module")
def files(results: dict[Wanted, Result]) -> dict[str, str]:
    return generate.render(generate.judge(results), NEEDED, results)


def test_jobs_are_unique_and_sized_by_cost() -> None:
    calls = [Wanted.of(run) for run in NEEDED]
    assert len(set(calls)) == len(calls)
    samples = {run.name: run.samples for run in NEEDED}
    assert samples["relu"] == samples["dropout(p=0.5, rescale=none)"] == SCALAR
    assert samples["max_pool2d(kernel_size=3x3)"] == SCALAR // 10
    linear = [run for run in NEEDED if str(run.call).startswith("linear(in_features=512")]
    assert {run.samples for run in linear} == {SCALAR // 10**4}
    for run in NEEDED:
        cost = registry.layer_of(run.call).cost(run.call.params)
        assert run.samples == max(SCALAR // divisor(cost), 1000), run.name
        assert 0.3 * cost < divisor(cost) <= max(cost * 10 / 3, 1), run.name


def test_the_budget_is_by_powers_of_ten_of_the_cost() -> None:
    costs = [2.0, 2.5, 2.99, 3.0, 26.0, 29.9, 30.0, 299.0, 3000.0]
    assert [divisor(cost) for cost in costs] == [1, 1, 1, 10, 10, 10, 100, 100, 10_000]
    dropout, softmax, matrix, maps = (
        registry.layer_of(call).cost(call.params)
        for call in map(
            registry.parse_call,
            (
                "dropout",
                "softmax(features=20)",
                "linear(in_features=30, out_features=50)",
                "conv2d(in_channels=2, out_channels=6, kernel_size=3, size=7)",
            ),
        )
    )
    assert (dropout, softmax) == (2.5, 40.0)
    assert matrix == pytest.approx(80 + 4 * 30 * 50 / 150)  # y and dx
    assert maps == pytest.approx(2 * 49 + 6 * 25 + 6 * 2 * 6 * 9 * 25 / 150)  # and dW
    assert samples_for(registry.parse_call("linear"), 10**6) == FEWEST
    assert samples_for(registry.parse_call("linear"), 500) == 500


def test_every_activation_is_measured() -> None:
    measured = {run.call.layer for run in NEEDED}
    assert {wanted.call.layer for wanted in jobs.activations()} <= measured
    assert len(jobs.activations()) > 30


def test_all_files_are_there(files: dict[str, str]) -> None:
    names = ["index", "documents", "activations", *(page.name for page in pages())]
    assert {name for name in files if name.endswith(".md")} == {
        "README.md",
        *(f"{name}.md" for name in names),
    }
    for name in names[1:]:
        assert {f"{name}.csv", f"{name}.json"} <= set(files)


def test_machines_read_all_constants(files: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for page in pages():
        document = json.loads(files[f"{page.name}.json"])
        assert document["schema"] == "normstats-tables/1"
        records = list(csv.DictReader(io.StringIO(files[f"{page.name}.csv"])))
        assert [row["id"] for row in records] == [row["id"] for row in document["constants"]]
        assert sum(document["verdicts"].values()) == len(records)
        for row, record in zip(document["constants"], records, strict=True):
            assert set(row) == set(record)
            found[row["id"]] = row["verdict"]
            if row["published"] is not None:
                assert float(record["published"]) == row["published"]
    assert sorted(found) == sorted(constant.id for constant in catalogue())
    assert set(found.values()) == set(Kind)


def test_the_index_counts_what_the_pages_say(files: dict[str, str]) -> None:
    document = json.loads(files["index.json"])
    assert document["constants"] == 224
    assert sum(document["verdicts"].values()) == 224
    for page in document["pages"]:
        assert page["verdicts"] == json.loads(files[f"{page['page']}.json"])["verdicts"]
    assert len(document["measured"]) == len(NEEDED)
    assert document["agreement"]["largest_z"] == 0.5
    assert files["index.md"].count("](") > 20


def test_links_lead_to_files(files: dict[str, str]) -> None:
    for name, content in files.items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\(([\w.]+)\)", content):
                assert target in files, (name, target)


def test_markdown_tables_are_whole(files: dict[str, str]) -> None:
    """Every line of a table has the cells of its heading: no published text breaks a table."""
    for name, content in files.items():
        if not name.endswith(".md"):
            continue
        width = 0
        for text in content.splitlines():
            if not text.startswith("|"):
                width = 0
                continue
            cells = len(re.findall(r"(?<!\\)\|", text)) - 1
            width = width or cells
            assert cells == width, (name, text)


def test_exact_values_show_at_most_twelve_digits(files: dict[str, str]) -> None:
    for name, content in files.items():
        if not name.endswith(".csv"):
            continue
        for record in csv.DictReader(io.StringIO(content)):
            number = record["exact"]
            if number:
                digits = re.sub(r"e.*", "", number).replace(".", "").lstrip("-0").rstrip("0")
                assert len(digits) <= 12, (name, number)
                assert float(number) == 0.0 or abs(float(number)) > 1e-12


def test_the_documents_table_has_the_documents_layout(files: dict[str, str]) -> None:
    page = files["documents.md"]
    heading = next(line for line in page.splitlines() if line.startswith("|"))
    titles = [cell.strip() for cell in heading.strip("|").split("|")]
    assert titles == ["", *posts.COLUMNS]
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert [row.split("**")[1] for row in rows] == ["forward mean", "forward std", "backward std"]
    by_row = {row.split("**")[1]: row for row in rows}
    for row, printed in {
        "forward mean": ("0", "√(1/2π)", "1/2", "1.4850"),
        "forward std": (
            "ℓ2 fan-in",
            "√(1/2 − 1/2π)",
            "0.2083",
            "0.5978",
            "1/s",
            "√p (",
            "√(1/p) (",
        ),
        "backward std": ("ℓ2 fan-out", "√(1/2)", "0.2123 (within its noise", "1/3", "1/s²"),
    }.items():
        for published in printed:
            assert f" {published}" in by_row[row].replace("<br>", " ")
    for exact in ("0.398942280401", "0.211745", "1.48501316", "0.5977903", "0.111111111111"):
        assert exact in page


def test_the_errata_name_their_numbers(files: dict[str, str]) -> None:
    errata = "\n".join(json.loads(files["documents.json"])["errata"])
    for number in ("0.2123", "0.2117457", "1.0291", "1.0293754", "0.7010", "0.7012241"):
        assert number in errata
    for number in ("0.2066", "0.0463", "5/2", "3/2", "√p", "√(1/p)"):
        assert number in errata
    assert "within its noise" in errata


def test_the_missing_dy() -> None:
    """∫ y(1 − y) φ = 0.2066; its std follows from the exact backward std 0.21174570."""
    mean, std = documents.slope_moments("sigmoid")
    assert mean == pytest.approx(0.206620964, abs=1e-9)
    assert mean**2 + std**2 == pytest.approx(0.211745699721**2, rel=1e-9)


def test_every_cell_of_the_documents_has_its_constants() -> None:
    """All that a column names stands in a row, and no cell is empty."""
    found = list(posts.cells())
    assert {(r, c) for r, c, _ in found} == {(r, c) for r in posts.ROWS for c in posts.COLUMNS}
    maps = [constant.id for _, _, constant in found if constant.layer == "conv2d"]
    assert maps == list(posts.CONVOLUTION)
    ids = [constant.id for _, _, constant in found if constant.layer != "conv2d"]
    assert sorted(ids) == sorted(id for column in posts.COLUMNS.values() for id in column)
    assert set(posts.LABELS) <= set(ids)
    assert not set(ids) & set(posts.ALSO)


def test_cells_point_to_their_erratum(files: dict[str, str]) -> None:
    """Every number that is off, or that an erratum is about, in both tables of the page."""
    errata = json.loads(files["documents.json"])["errata"]
    lines = [line for line in files["documents.md"].splitlines() if line.startswith("|")]
    for published, number, words in (
        ("0.2123", 1, "published 0.2123"),
        ("√p", 3, "√p"),
        ("1.0291", 2, "published 1.0291"),
        ("0.7010", 2, "published 0.7010"),
    ):
        own = [line for line in lines if f"| {published} " in line]
        assert own
        for line in own:
            assert re.search(rf"\[(erratum )?{number}\]\(#errata-found\)", line), line
        assert words in errata[number - 1]
    last = errata[-1]
    for lost in ("12 stands for √(1/2) at ReLU and for 1/2 at pooling", "14 for 1/4", "19 for 1/9"):
        assert lost in last
    judged = json.loads(files["wang.json"])["constants"]
    wrong = {record["id"]: record["sentence"] for record in judged if record["verdict"] == "error"}
    assert len(wrong) == 4
    for id, sentence in wrong.items():
        told = sentence.replace("~", r"\~")
        if id in posts.STRIDES:
            told = "5/2 is given, and 5/6 after"
        assert any(told in erratum for erratum in errata), sentence


def test_the_stride_table_has_both_kinds_of_dy(files: dict[str, str]) -> None:
    """5/2 and 5/6 for one dy in the whole map, 3/2 and 1/2 for independent dy."""
    page = files["documents.md"].split("## Stride")[1].split("## ")[0]
    lines = [line.split(" | ") for line in page.splitlines() if "`conv2d(" in line]
    found = [(line[1], line[2], line[3]) for line in lines]
    assert found == [
        ("independent", "5/2", "1.5"),
        ("all equal", "5/2", "2.5"),
        ("independent", "5/6", "0.5"),
        ("all equal", "5/6", "0.833333333333"),
    ]
    assert all("±" in line[4] for line in lines)


def test_overlap_counts_are_counted_by_a_convolution(files: dict[str, str]) -> None:
    """Of the figures, of which two have a misprint; the counts are those of the closed form."""
    records = [r for r in json.loads(files["wang.json"])["constants"] if r["matrix"]]
    assert len(records) == 7
    for record in records:
        assert record["counted_matrix"] == record["exact_matrix"], record["id"]
    assert sum(r["counted_matrix"] != r["matrix"] for r in records) == 2
    assert files["wang.md"].count("Counted again with conv2d") == 7


def test_lines_of_pages_can_be_read(files: dict[str, str]) -> None:
    """What is long is a list; a table's line may be as long as its cells need."""
    for name, content in files.items():
        if name.endswith(".md"):
            assert max(map(len, content.splitlines())) < 600, name
            assert "waits for" not in content, name


def test_the_index_says_why_a_number_is_wrong(files: dict[str, str]) -> None:
    _, error, *_ = files["index.md"].split("\n### ")
    assert "see its note" not in error
    reasons = [c.reason for c in catalogue() if c.reason]
    assert len(reasons) == 5
    for reason in reasons:
        assert f"| {reason} |" in error


def test_every_table_follows_a_sentence(files: dict[str, str]) -> None:
    for name, content in files.items():
        blocks = content.split("\n\n")
        for before, block in itertools.pairwise(blocks):
            if name.endswith(".md") and block.startswith("|"):
                assert re.search(r"[.:]$", before), (name, before)
                assert not before.startswith("#"), (name, before)
                if " exact | " in block.splitlines()[0] and name != "index.md":
                    assert "*exact* the true value" in before, (name, before)
                    assert ("*their n*" in before) == (" their n " in block), (name, before)


def test_powers_of_ten_have_one_spelling(files: dict[str, str]) -> None:
    """1.8e7 and 8e-5: no page has 1.8e+07 or 8e-05 besides what a source has printed so."""
    printed = {text for c in catalogue() for text in re.findall(r"\d[eE][-+]\d+", c.text)}
    for name, content in files.items():
        if name.endswith(".md"):
            found = set(re.findall(r"\de(?:\+\d+|-?0\d+)", content))
            assert found <= printed, (name, found)


def test_what_differs_stands_by_kind_the_largest_first(files: dict[str, str]) -> None:
    _, *groups = files["index.md"].split("\n### ")
    heads = [group.splitlines()[0].split(": ") for group in groups]
    counted = json.loads(files["index.json"])["verdicts"]
    assert heads == [
        [kind.capitalize(), str(counted[kind])]
        for kind in map(str, index.DIFFERENT)
        if counted[kind]
    ]
    assert heads[0] == ["Error", "5"]
    for group in groups:
        lines = [line for line in group.splitlines() if line.startswith("| `")]
        at = next(line for line in group.splitlines() if "| off by" in line).split(" | ")
        column = [title.rstrip(" |") for title in at].index("off by")
        sizes = [line.split(" | ")[column].rstrip(" |") for line in lines]
        numbers = [abs(float(size.removesuffix(" %"))) for size in sizes if size.endswith("%")]
        assert numbers == sorted(numbers, reverse=True)
        assert len(lines) == int(group.splitlines()[0].split(": ")[1])


def test_named_matrices_are_shown_with_their_names(files: dict[str, str]) -> None:
    page = files["wang.md"]
    assert "|  | taps of factor 1 | taps of factor 1/2 |" in page
    assert "| w = 4, s = 3 | 4 | 9 (exact 8) | 3 (exact 4) | 0 |" in page
    assert "| w = 3, s = 2 | 1 | 4 | 4 | 0 |" in page


def test_machines_read_what_a_verdict_rests_on(files: dict[str, str]) -> None:
    def read(page: str, id: str) -> dict[str, Any]:
        constants = json.loads(files[f"{page}.json"])["constants"]
        return next(constant for constant in constants if constant["id"] == id)

    relu = read("nfnets", "nfnets-relu")
    assert relu["recipe"]["formula"] == "biased_rows"
    assert relu["predicted"] == pytest.approx(1.71286 / math.sqrt(1 - 1 / 1024), abs=1e-5)
    assert relu["predicted_z"] == pytest.approx(
        (relu["published"] - relu["predicted"]) / relu["predicted_se"], rel=0.01
    )
    tanh = read("unit_scaling", "us-ops-tanh-bwd_gain")
    assert tanh["z"] == pytest.approx(tanh["distance"] / tanh["published_se"], rel=0.01)
    assert 0 < tanh["distance"] < tanh["deviation"]
    assert read("kernels", "dks-test-tanh-DKS")["accuracy"] == 1.5e-7
    factors = read("wang", "wang3-normalize-factors")
    assert len(factors["row_names"]) == len(factors["matrix"]) == len(factors["exact_matrix"])
    assert len(factors["column_names"]) == len(factors["matrix"][0])
    assert factors["exact_matrix"][4] == [4, 8, 4, 0]


def test_the_activations_page(files: dict[str, str]) -> None:
    page = files["activations.md"]
    relu = [line for line in page.splitlines() if line.startswith("| `relu` |")]
    assert len(relu) == 3
    for number in ("0.3989422804", "0.5838193701", "1.71285855", "1.414213562"):
        assert number in relu[0]
    assert "±" in relu[1]
    assert relu[1].count("±") == 4
    records = json.loads(files["activations.json"])["activations"]
    gains = {r["quantity"]: r["exact"] for r in records if r["layer"] == "relu"}
    assert gains["gain"] == pytest.approx(1.71285855045)
    assert gains["gain_rms"] == gains["backward_gain"] == pytest.approx(math.sqrt(2.0))


def test_the_commands_of_the_readme_can_be_typed(files: dict[str, str]) -> None:
    import shlex

    known = {(run.name, run.samples) for run in NEEDED}
    commands = [line for line in files["README.md"].splitlines() if line.startswith("    ")]
    assert len(commands) > 12
    measured = set()
    for command in commands:
        words = shlex.split(command)
        assert words[:2] == ["normstats", "run"]
        at = words.index("--samples")
        options = dict(zip(words[at::2], words[at + 1 :: 2], strict=True))
        given = {name[2:].replace("-", "_"): value for name, value in options.items()}
        for text in words[2:at]:
            call = registry.parse_call(text)
            inputs = registry.inputs_of(call, *map(given.get, NAMES))
            measured.add((f"{call}{inputs}", int(float(given["samples"]))))
    assert measured == known


def test_no_workplace_and_no_run_in_the_files(
    files: dict[str, str], results: dict[Wanted, Result]
) -> None:
    """Time, threads and versions change no byte."""
    others = {
        call: replace(result, threads=7, elapsed_s=99.5, versions={"numpy": "9"}, notes=("n",))
        for call, result in results.items()
    }
    assert generate.render(generate.judge(others), NEEDED, others) == files
    for content in files.values():
        assert str(Path(__file__).parents[2]) not in content
        assert content.endswith("\n")


def test_generate_writes_what_render_gives(files: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    summary = generate.generate(fake, folder, scalar=SCALAR)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    for name, content in files.items():
        assert (folder / name).read_bytes() == content.encode()
    assert summary.files == tuple(files)
    assert sum(summary.verdicts.values()) == 224


def interrupted(run: Run) -> Result:
    raise KeyboardInterrupt


def refused(run: Run) -> Result:
    raise UsageError("layer", run.call, "no")


@pytest.mark.parametrize(
    ("measure", "error"), [(interrupted, KeyboardInterrupt), (refused, UsageError)]
)
def test_nothing_is_written_unless_everything_is_measured(
    measure: Callable[..., Result], error: type[BaseException], tmp_path: Path
) -> None:
    (tmp_path / "index.md").write_text("old")
    with pytest.raises(error):
        generate.generate(measure, tmp_path, scalar=SCALAR)
    assert [path.name for path in tmp_path.iterdir()] == ["index.md"]
    assert (tmp_path / "index.md").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    for folder in (tmp_path / "no" / "such", tmp_path / "file"):
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match=r"^output"):
            generate.generate(interrupted, folder, scalar=SCALAR)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write.write(tmp_path, {"a.md": "new \ud800"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "old"
