"""Journeys, and the requests that they send."""
