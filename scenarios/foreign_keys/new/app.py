"""A veterinary practice: animals and their owners, treatments with their doses, customers and what they have paid."""

from pooled import connection
from web import Refused, Web

web = Web()


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/animals")
def admit(given):
    with connection() as c:
        owner = c.execute("INSERT INTO owners (name) VALUES (%s) RETURNING id", [given["owner"]]).fetchone()
        return c.execute(
            "INSERT INTO animals (name, owner) VALUES (%s, %s) RETURNING id", [given["name"], owner["id"]]
        ).fetchone()


@web.get("/animals/{id}")
def show_animal(id):
    return find(
        "SELECT animals.id, animals.name, owners.name AS owner FROM animals"
        " JOIN owners ON owners.id = animals.owner WHERE animals.id = %s",
        id,
    )


@web.delete("/animals/{id}")
def discharge(id):
    with connection() as c:
        gone = c.execute("DELETE FROM animals WHERE id = %s RETURNING owner", [int(id)]).fetchone()
        c.execute("DELETE FROM owners WHERE id = %s", [gone["owner"]])
    return {}


@web.post("/treatments")
def treat(given):
    with connection() as c:
        made = c.execute("INSERT INTO treatments (reason) VALUES (%s) RETURNING id", [given["reason"]]).fetchone()
        for _ in range(given["doses"]):
            c.execute("INSERT INTO doses (treatment) VALUES (%s)", [made["id"]])
    return made


@web.get("/treatments/{id}")
def show_treatment(id):
    return find(
        "SELECT id, reason, (SELECT count(*) FROM doses WHERE treatment = treatments.id) AS doses"
        " FROM treatments WHERE id = %s",
        id,
    )


@web.delete("/treatments/{id}")
def cancel(id):
    with connection() as c:
        c.execute("DELETE FROM doses WHERE treatment = %s", [int(id)])
        c.execute("DELETE FROM treatments WHERE id = %s", [int(id)])
    return {}


@web.post("/customers")
def welcome(given):
    with connection() as c:
        return c.execute("INSERT INTO customers (name) VALUES (%s) RETURNING id", [given["name"]]).fetchone()


@web.delete("/customers/{id}")
def say_goodbye(id):
    with connection() as c:
        c.execute("UPDATE invoices SET customer = NULL WHERE customer = %s AND paid", [int(id)])
        c.execute("DELETE FROM customers WHERE id = %s", [int(id)])
    return {}


@web.post("/invoices")
def charge(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO invoices (customer, cents, paid) VALUES (%s, %s, %s) RETURNING id",
            [given["customer"], given["cents"], given["paid"]],
        ).fetchone()


@web.get("/invoices/{id}")
def show_invoice(id):
    return find("SELECT id, cents, paid FROM invoices WHERE id = %s", id)
