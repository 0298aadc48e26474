from uuid import uuid4

from harness import journey


@journey
def a_map_is_found(client):
    while True:
        region = uuid4().hex
        made = client.post("/maps", json={"title": "Coast", "region": region, "year": 1780}).raise_for_status().json()
        yield
        assert client.get(f"/maps/{made['id']}").raise_for_status().json()["title"] == "Coast"
        assert [one["id"] for one in client.get(f"/regions/{region}").raise_for_status().json()] == [made["id"]]
