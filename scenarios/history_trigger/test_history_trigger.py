from harness import journey


@journey
def somebody_climbs(client):
    while True:
        visit = client.post("/visits", json={"climber": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/visits/{visit['id']}").raise_for_status().json()["climber"] == "Ada"


@journey
def somebody_becomes_a_member(client):
    while True:
        member = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/members/{member['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def shoes_are_lent(client):
    while True:
        shoes = client.post("/shoes", json={"size": 39}).raise_for_status().json()
        yield
        assert client.get(f"/shoes/{shoes['id']}").raise_for_status().json()["size"] == 39
