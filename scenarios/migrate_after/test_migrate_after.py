from harness import journey


@journey
def a_bicycle_is_repaired(client):
    while True:
        given = {"bicycle": "the red one", "fault": "flat tyre", "shelf": "B2"}
        left = client.post("/repairs", json=given).raise_for_status().json()
        yield
        assert client.get(f"/repairs/{left['id']}").raise_for_status().json()["fault"] == "flat tyre"


@journey
def a_customer_is_known(client):
    while True:
        told = client.post("/customers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/customers/{told['id']}").raise_for_status().json()["name"] == "Ada"
