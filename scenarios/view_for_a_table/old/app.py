"""A choir: who comes to which rehearsal, who sings what, and how many scores there are."""

from pooled import connection
from web import Refused, Web

web = Web()


def export(statement):
    with connection() as c, c.cursor() as cursor, cursor.copy(statement) as rows:
        return {"csv": b"".join(rows).decode()}


@web.put("/rehearsals/{rehearsal}/attendances/{singer}")
def answer(rehearsal, singer, given):
    with connection() as c:
        c.execute(
            "INSERT INTO attendances (rehearsal, singer, comes) VALUES (%s, %s, %s) "
            "ON CONFLICT ON CONSTRAINT one_answer DO UPDATE SET comes = excluded.comes",
            [rehearsal, singer, given["comes"]],
        )
    return {"comes": given["comes"]}


@web.get("/rehearsals/{rehearsal}/attendances/{singer}")
def show(rehearsal, singer):
    with connection() as c:
        found = c.execute(
            "SELECT comes FROM attendances WHERE rehearsal = %s AND singer = %s", [rehearsal, singer]
        ).fetchone()
    if found is None:
        raise Refused(404, "no answer yet")
    return found


@web.post("/singers")
def join(given):
    with connection() as c:
        c.execute("INSERT INTO singers (name, voice) VALUES (%s, %s)", [given["name"], given["voice"]])
    return {"name": given["name"]}


@web.get("/singers")
def singers():
    return export("COPY singers (name, voice) TO STDOUT (FORMAT csv)")


@web.put("/scores/{title}")
def count(title, given):
    with connection() as c:
        c.execute(
            "INSERT INTO scores (title, copies) VALUES (%s, %s) "
            "ON CONFLICT (title) DO UPDATE SET copies = excluded.copies",
            [title, given["copies"]],
        )
    return {"copies": given["copies"]}


@web.get("/scores")
def scores():
    return export("COPY (SELECT title, copies FROM scores ORDER BY title) TO STDOUT (FORMAT csv)")
