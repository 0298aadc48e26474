from harness import journey


@journey
def a_book_is_in_the_catalogue(client):
    while True:
        book = client.post("/books", json={"title": "Emma"}).raise_for_status().json()
        yield
        assert client.get(f"/books/{book['id']}").raise_for_status().json()["title"] == "Emma"


@journey
def a_book_is_lent_and_comes_back(client):
    while True:
        loan = client.post("/loans", json={"reader": "Ada", "book": "Emma"}).raise_for_status().json()
        assert loan["days"] == 28
        yield
        client.put(f"/loans/{loan['id']}", json={"days": 56}).raise_for_status()
        yield
        assert client.get(f"/loans/{loan['id']}").raise_for_status().json() == {"book": "Emma", "days": 56}
        client.delete(f"/loans/{loan['id']}").raise_for_status()
        assert client.get(f"/loans/{loan['id']}").status_code == 404
