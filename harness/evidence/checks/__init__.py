"""Checks: one file for each hazard, over events alone, each with a page of its own below ``docs/checks``."""

from harness.evidence.checks.check import Check
from harness.evidence.checks.registry import CHECKS, CheckKey, breaks_old, check_keys, judge_checks

__all__ = ["CHECKS", "Check", "CheckKey", "breaks_old", "check_keys", "judge_checks"]
