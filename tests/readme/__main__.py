"""`python -m tests.readme`: every page and every picture with all that it shows as it is now."""

from __future__ import annotations

from tests.readme import generated, pictures, shown
from tests.readme.pages import PAGES, name

for page in PAGES:
    before = page.read_text()
    now = generated.renewed(shown.renewed(before))
    same = shown.comparable(now) == shown.comparable(before)
    page.write_text(before if same else now)
    print(f"{name(page)}: {'up to date' if same else 'written'}")
pictures.FOLDER.mkdir(exist_ok=True)
for picture in sorted(pictures.shown()):
    path, drawn = pictures.FOLDER / picture, pictures.made(picture)
    known = path.exists() and path.read_bytes() == drawn
    path.write_bytes(drawn)
    print(f"{name(path)}: {'up to date' if known else 'written'}")
