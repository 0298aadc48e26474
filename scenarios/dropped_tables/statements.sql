-- What production sent last week, from pg_stat_statements.
INSERT INTO finds (what, place) VALUES ($1, $2) RETURNING id;
SELECT f.what, s.shelf FROM finds f JOIN shelves s ON s.place = f.place WHERE f.id = $1;
SELECT count(*) FROM finds;
