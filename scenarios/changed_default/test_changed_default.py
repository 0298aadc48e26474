from harness import journey


@journey
def a_photograph_is_seen(client):
    photo = client.post("/photos", json={"title": "Harbour"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/photos/{photo['id']}").raise_for_status().json()["title"] == "Harbour"


@journey
def an_album_keeps_its_order(client):
    album = client.post("/albums", json={"name": "Summer"}).raise_for_status().json()
    while True:
        yield
        found = client.get(f"/albums/{album['id']}").raise_for_status().json()
        assert found == {"name": "Summer", "sorting": "by date"}
