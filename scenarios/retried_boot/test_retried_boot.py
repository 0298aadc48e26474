from harness import journey


@journey
def points_are_collected(client):
    while True:
        card = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        before = client.get(f"/members/{card['id']}").raise_for_status().json()["points"]
        after = client.post(f"/members/{card['id']}/purchases", json={"points": 3}).raise_for_status().json()["points"]
        assert 10 <= before <= after - 3  # fifty more may come in between
