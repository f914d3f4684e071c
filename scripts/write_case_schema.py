"""Write the JSON Schema of the safety case: `uv run python scripts/write_case_schema.py`."""

import json
from pathlib import Path

from remit.assurance.schema import json_schema

TARGET = Path(__file__).parents[1] / "spec/case.schema.json"

TARGET.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
print(f"wrote {TARGET}")
