"""All that is known of a track as one report: for programs (`result`) and for people (`markdown`).

Both follow from the record alone, so they are made whenever they are asked for and never stale. Importing this stays
light: the server does.
"""

from engine.analyze.report.markdown import markdown
from engine.analyze.report.result import result, result_schema

JSON_FILE, MARKDOWN_FILE = "analysis_result.json", "analysis_report.md"

__all__ = ["JSON_FILE", "MARKDOWN_FILE", "markdown", "result", "result_schema"]
