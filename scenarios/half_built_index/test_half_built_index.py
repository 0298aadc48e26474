from uuid import uuid4

from harness import journey


@journey
def a_card_is_shown(client):
    while True:
        number = uuid4().hex
        client.post("/cards", json={"number": number, "reader": "Mary"}).raise_for_status()
        yield
        assert [one["reader"] for one in client.get(f"/cards/{number}").raise_for_status().json()] == ["Mary"]


@journey
def a_title_is_found(client):
    while True:
        mark = uuid4().hex
        client.post("/marks", json={"mark": mark, "title": "Middlemarch"}).raise_for_status()
        yield
        assert client.post("/marks", json={"mark": mark, "title": "Romola"}).status_code == 409
        assert [one["title"] for one in client.get(f"/marks/{mark}").raise_for_status().json()] == ["Middlemarch"]
