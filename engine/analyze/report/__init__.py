"""All that is known of a track as one report: for programs (`result`) and for people (`markdown`).

Both follow from the record alone, so they are made whenever they are asked for and never stale. Importing this stays
light: the server does.
"""

import json

from engine.analyze.report.markdown import markdown
from engine.analyze.report.result import result, result_schema
from engine.library.record import Record

__all__ = ["files", "markdown", "result", "result_schema"]


def files(record: Record, language: str) -> dict[str, str]:
    """Both as files: name -> text."""
    text = json.dumps(result(record), ensure_ascii=False, indent=1) + "\n"
    return {"analysis_result.json": text, "analysis_report.md": markdown(record, language)}
