"""Plans: what is done in which order, decided before anything starts. Pure."""
