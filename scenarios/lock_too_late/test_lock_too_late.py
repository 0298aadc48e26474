from harness import journey


@journey
def a_wall_is_climbed(client):
    while True:
        made = client.post("/climbs", json={"wall": "north", "climber": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/climbs/{made['id']}").raise_for_status().json()["climber"] == "Ada"
