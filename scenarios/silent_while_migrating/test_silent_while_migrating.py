from harness import journey


@journey
def a_passage_is_sold(client):
    while True:
        made = client.post("/passages", json={"ferry": "Fram", "passenger": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/passages/{made['id']}").raise_for_status().json()["ferry"] == "Fram"
