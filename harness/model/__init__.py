"""The nouns: releases, revisions, rollouts, cells, events. Pure."""
