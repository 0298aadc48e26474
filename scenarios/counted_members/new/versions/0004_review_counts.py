"""How many reviews a book has is kept by a trigger.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE TABLE review_counts (book integer PRIMARY KEY REFERENCES books, reviews bigint NOT NULL)")
    op.execute("""
        CREATE FUNCTION count_review() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO review_counts VALUES (NEW.book, 1)
            ON CONFLICT (book) DO UPDATE SET reviews = review_counts.reviews + 1;
            RETURN NULL;
        END $$
    """)
    op.execute("CREATE TRIGGER count_review AFTER INSERT ON reviews FOR EACH ROW EXECUTE FUNCTION count_review()")
    op.execute("INSERT INTO review_counts SELECT book, count(*) FROM reviews GROUP BY book")


def downgrade() -> None:
    op.execute("DROP TRIGGER count_review ON reviews")
    op.execute("DROP FUNCTION count_review")
    op.execute("DROP TABLE review_counts")
