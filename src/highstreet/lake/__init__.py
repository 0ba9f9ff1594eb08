"""Analytics: the outbox as Parquet, and questions asked of it."""

from highstreet.lake.export import EXPORT, export_events, export_job
from highstreet.lake.questions import CodeDay, sales_by_code_and_day

__all__ = ["EXPORT", "CodeDay", "export_events", "export_job", "sales_by_code_and_day"]
