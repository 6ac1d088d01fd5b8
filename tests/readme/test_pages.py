"""README.md and docs/ show what the commands print today, and name only what there is."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.readme import generated, links, named, shown
from tests.readme.pages import DOCS, OTHERS, PAGES, README, ROOT, indented, name

LONGEST_README = 150
every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_renewed(page: Path) -> None:
    text = page.read_text()
    now = generated.renewed(shown.renewed(text))
    assert shown.comparable(text) == shown.comparable(now), "run: make docs"


def test_every_section_stands_on_one_page() -> None:
    found = [section for page in PAGES for section in generated.sections(page.read_text())]
    assert sorted(found) == sorted(generated.GENERATED)


# The module that docs/adding-a-layer.md shows is no session with >>>.
@pytest.mark.parametrize(
    ("page", "least"), [(README, 3), (DOCS / "python.md", 12), (DOCS / "reproducibility.md", 5)]
)
def test_python_examples(page: Path, least: int) -> None:
    found = doctest.testfile(str(page), module_relative=False)
    assert found.attempted >= least
    assert not found.failed


def test_no_python_example_is_forgotten() -> None:
    tested = {README, DOCS / "python.md", DOCS / "reproducibility.md"}
    assert {page for page in PAGES if ">>>" in page.read_text()} == tested


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= LONGEST_README


def test_the_two_commands() -> None:
    """`make run` and `make test` are what a newcomer types."""
    lines = [line.split("#")[0].strip() for line in indented(README.read_text())]
    assert lines[:2] == ["make run", "make test"]


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name)
def test_links(page: Path) -> None:
    assert not list(links.broken(page))


@pytest.mark.parametrize("index", [README, DOCS / "README.md"], ids=name)
def test_an_index_leads_to_every_page(index: Path) -> None:
    text = index.read_text()
    for page in set(DOCS.glob("*.md")) - {DOCS / "README.md"}:
        link = page.relative_to(index.parent).as_posix()
        assert f"]({link})" in text, link


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name)
def test_commands_are_accepted(page: Path) -> None:
    for command in named.commands(page.read_text()):
        if command.startswith("make"):
            assert {"help", *named.words_of(command)[1:2]} <= named.targets(), command
        else:
            assert named.refused(command) is None, command


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name)
def test_options_exist(page: Path) -> None:
    assert set(named.options(page.read_text())) <= named.known_options()


def test_the_makefile_explains_its_targets() -> None:
    said = (ROOT / "Makefile").read_text()
    for target in named.targets() - {"help"}:
        assert f'@echo "make {target} ' in said, target


# The tools above find what they are for.


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("normstats relu --sampels 1e8", "--sampels"),
        ("normstats relu --samples 1e99", "1e99"),
        ("normstats sigmoid --method rqcm", "rqcm"),
        ("normstats max_pool2d --kernel-size 0", "--kernel-size"),
        ('normstats run relu "max_pool2d(kernel=3)"', "kernel"),
        ("normstats rulu", "rulu"),
        ("normstats constants gelu --alpha 3", "--alpha"),
        ("normstats constants --source nowhere", "nowhere"),
        ("normstats check no_such_file.toml", "no_such_file"),
        ("normstats check --alpha 5", "--alpha"),
        ("normstats tables --samples none", "none"),
        ("normstats list --format latx", "latx"),
        ("normstats nosuch --help", "nosuch"),
    ],
)
def test_a_command_that_would_be_refused_is_found(command: str, why: str) -> None:
    assert why in str(named.refused(command))


def test_commands_are_found_wherever_they_stand() -> None:
    text = (
        "Type `normstats a --x\n1` or `make b`.\n\n    normstats c  # now\n\n```console\n"
        "$ normstats d\nnormstats\n```\n\n```yaml\n  - run: normstats e\n```\n"
    )
    found = list(named.commands(text))
    expected = ["normstats d", "normstats", "normstats e", "normstats c  # now"]
    assert found == [*expected, "normstats a --x 1", "make b"]
    assert named.words_of("normstats LAYER --help  # a comment") == ["normstats", "relu", "--help"]


def test_options_that_do_not_exist_are_found() -> None:
    text = "`--method plain|antithetic|rqmc` and `--seed`, but `--sed` and `--method plain|rqmc`"
    unknown = set(named.options(text)) - named.known_options()
    assert unknown == {"--sed", "--method plain|rqmc"}


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Speed, and more\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](other.md) [b](other.md#speed-and-more) [c](#here) [d](https://x.y/z)\n"
        "[e](none.md) [f](other.md#slow) [g](#there)\n```\n[h](code.md)\n```\n"
    )
    assert list(links.broken(page)) == ["none.md", "other.md#slow", "#there"]


@pytest.mark.parametrize(
    "part", ["2 threads, 0.21 s, 470M samples/s", "1 thread, 3.1 ms, 4M\n  samples/s"]
)
def test_times_are_left_out(part: str) -> None:
    assert shown.comparable(f"x {part} y") == f"x {part.partition(' ')[0]} TIME y"


def test_all_else_is_compared() -> None:
    page = "```console\n$ normstats list --help\nUsage: wrong\n```\n<!-- verdicts: begin -->\n1\n"
    page += "<!-- verdicts: end -->\n"
    now = generated.renewed(shown.renewed(page))
    assert "Usage: normstats list" in now
    assert "digits agree" in now
    assert "Usage: wrong" not in now
