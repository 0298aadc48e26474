from harness import journey


@journey
def a_climber_joins(client):
    while True:
        joined = client.post("/climbers", json={"name": "Ada", "contact": "Byron"}).raise_for_status().json()
        yield
        assert client.get(f"/climbers/{joined['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_climber_checks_in(client):
    while True:
        visit = client.post("/visits", json={"day": "Monday"}).raise_for_status().json()
        yield
        assert client.get(f"/visits/{visit['id']}").raise_for_status().json()["day"] == "Monday"
