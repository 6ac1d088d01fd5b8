"""`python -m tests.readme`: every page with all that it shows as it is now."""

from __future__ import annotations

from tests.readme import generated, shown
from tests.readme.pages import PAGES, name

for page in PAGES:
    before = page.read_text()
    now = generated.renewed(shown.renewed(before))
    same = shown.comparable(now) == shown.comparable(before)
    page.write_text(before if same else now)
    print(f"{name(page)}: {'up to date' if same else 'written'}")
