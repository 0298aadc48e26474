from harness import journey


@journey
def a_boat_is_bought(client):
    while True:
        boat = client.post("/boats", json={"name": "Isis"}).raise_for_status().json()
        yield
        assert client.get(f"/boats/{boat['id']}").raise_for_status().json()["name"] == "Isis"


@journey
def a_member_joins(client):
    while True:
        member = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/members/{member['id']}").raise_for_status().json()["name"] == "Ada"
