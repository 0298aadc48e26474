from harness import journey


@journey
def a_bicycle_is_repaired(client):
    while True:
        made = client.post("/repairs", json={"bicycle": "green tandem", "fault": "brake"}).raise_for_status().json()
        yield
        assert client.get(f"/repairs/{made['id']}").raise_for_status().json()["fault"] == "brake"
