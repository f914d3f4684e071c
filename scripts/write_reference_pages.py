"""Write docs/reference/cli.md from the verbs and docs/reference/rules.md from the rule tables."""

from pathlib import Path

from remit.cli.reference_pages import command_page, rule_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"

if __name__ == "__main__":
    (FOLDER / "cli.md").write_text(command_page(), encoding="utf-8")
    (FOLDER / "rules.md").write_text(rule_page(), encoding="utf-8")
