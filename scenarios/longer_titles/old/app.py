"""A record shop's shelf: records by their number, and what was sold. SQLAlchemy Core, on psycopg 3."""

from engine import engine
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select
from web import Refused, Web

web = Web()
metadata = MetaData()
records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(20)),
    Column("barcode", String(13)),
)
sales = Table("sales", metadata, Column("id", Integer, primary_key=True), Column("cents", Integer))


def one(row):
    if row is None:
        raise Refused(404, "no such thing")
    return row._asdict()


@web.post("/records")
def shelve(given):
    added = insert(records).values(title=given["title"][:20], barcode=given["barcode"]).returning(records.c.id)
    with engine.begin() as connection:
        return one(connection.execute(added).one())


@web.get("/records/{id}")
def show_record(id):
    with engine.begin() as connection:
        return one(connection.execute(select(records.c.id, records.c.title).where(records.c.id == int(id))).first())


@web.get("/barcodes/{barcode}")
def scan(barcode):
    with engine.begin() as connection:
        return one(connection.execute(select(records.c.id).where(records.c.barcode == barcode)).first())


@web.post("/sales")
def sell(given):
    with engine.begin() as connection:
        return one(connection.execute(insert(sales).values(cents=given["cents"]).returning(sales.c.id)).one())


@web.get("/sales/{id}")
def show_sale(id):
    with engine.begin() as connection:
        return one(connection.execute(select(sales.c.id, sales.c.cents).where(sales.c.id == int(id))).first())
