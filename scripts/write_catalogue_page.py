"""Write docs/reference/catalogue.md from the rows of the catalogue."""

from pathlib import Path

from remit.incentives.pages.catalogue_page import catalogue_page

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "catalogue.md"

if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(catalogue_page(), encoding="utf-8")
    print(f"wrote {PAGE}")
