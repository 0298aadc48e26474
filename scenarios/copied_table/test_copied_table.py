from harness import journey


@journey
def a_reader_enrols(client):
    while True:
        reader = client.post("/readers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/readers/{reader['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_book_is_lent(client):
    while True:
        loan = client.post("/loans", json={"book": "Middlemarch"}).raise_for_status().json()
        yield
        assert client.get(f"/loans/{loan['id']}").raise_for_status().json()["book"] == "Middlemarch"
