from harness import journey


@journey
def a_climber_is_kept(client):
    made = client.post("/climbers", json={"name": "Lynn", "routes": 27}).raise_for_status().json()
    while True:
        yield
        kept = client.get(f"/climbers/{made['id']}").raise_for_status().json()
        assert (kept["name"], kept["routes"]) == ("Lynn", 27)
        assert kept.get("level", 2) == 2
