"""Views of a finished rehearsal."""
