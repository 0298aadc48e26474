"""Tests of ``rolldeploy init``."""
