from harness import journey


@journey
def members_are_counted(client):
    club = client.post("/clubs", json={"name": "Thursday"}).raise_for_status().json()
    joined = 0
    while True:
        client.post(f"/clubs/{club['id']}/members", json={"name": "Ada"}).raise_for_status()
        joined += 1
        yield
        assert client.get(f"/clubs/{club['id']}").raise_for_status().json() == {"members": joined}


@journey
def reviews_are_counted(client):
    book = client.post("/books", json={"title": "Middlemarch"}).raise_for_status().json()
    written = 0
    while True:
        client.post(f"/books/{book['id']}/reviews", json={"stars": 5}).raise_for_status()
        written += 1
        yield
        assert client.get(f"/books/{book['id']}").raise_for_status().json() == {"reviews": written}
