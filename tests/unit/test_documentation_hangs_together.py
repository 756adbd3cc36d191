"""Every link of the documentation leads somewhere, and every page can be reached from the index."""

import re
from pathlib import Path

import pytest

from tests.documents import DOCS, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
OUTSIDE = ("http://", "https://", "mailto:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    broken = [target for target in links(page) if not exists(page, target)]
    assert not broken, f"{page.relative_to(ROOT)}: {broken}"


def test_every_page_is_linked_from_the_index():
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in links(DOCS / "index.md")}
    decisions = {page for page in PAGES if page.parent == DOCS / "adr"}
    lost = [p.relative_to(ROOT) for p in PAGES if p.is_relative_to(DOCS) and p not in linked | decisions]
    assert set(map(str, lost)) <= {"docs/index.md"}, f"not in docs/index.md: {lost}"


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [
        target for picture, target in LINK.findall(text) if not picture and not target.startswith(OUTSIDE)
    ]


def exists(page: Path, target: str) -> bool:
    path, _, heading = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    return found.exists() and (not heading or heading in headings(found))


def headings(page: Path) -> set[str]:
    """Anchors as renderers make them: lower case, punctuation dropped, blanks as hyphens."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
