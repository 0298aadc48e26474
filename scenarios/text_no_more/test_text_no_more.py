from harness import journey

HOURS = {"monday": "9-17", "sunday": None}


@journey
def seeds_are_weighed(client):
    while True:
        seeds = client.post("/seeds", json={"plant": "Basil", "weight": "2 kg"}).raise_for_status().json()
        yield
        assert client.get(f"/seeds/{seeds['id']}").raise_for_status().json()["grams"] == 2000


@journey
def a_bed_is_planted(client):
    while True:
        bed = client.post("/beds", json={"plant": "Leek", "amount": "about 40"}).raise_for_status().json()
        yield
        assert "40" in str(client.get(f"/beds/{bed['id']}").raise_for_status().json()["amount"])


@journey
def a_shop_says_when_it_is_open(client):
    while True:
        shop = client.post("/shops", json={"town": "Ely", "hours": HOURS}).raise_for_status().json()
        yield
        assert client.get(f"/shops/{shop['id']}").raise_for_status().json()["hours"] == HOURS
