"""From events to answers: outcomes, verdicts, stories. Pure, but for the journal's file."""
