"""Values of work on many rows: reports of writes, and the parts of a table that several processes can read."""

from coodie.plans.report import Failure, Failures, Report
from coodie.plans.scans import Split

__all__ = ["Failure", "Failures", "Report", "Split"]
