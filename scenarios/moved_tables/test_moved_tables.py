from harness import journey


@journey
def a_hive_is_looked_after(client):
    while True:
        hive = client.post("/hives", json={"queen": "2024"}).raise_for_status().json()
        yield
        assert client.get(f"/hives/{hive['id']}").raise_for_status().json()["queen"] == "2024"


@journey
def honey_is_weighed_again(client):
    while True:
        harvest = client.post("/harvests", json={"sort": "lime", "grams": 12000}).raise_for_status().json()
        yield
        client.put(f"/harvests/{harvest['id']}", json={"grams": 11800}).raise_for_status()
        found = client.get(f"/harvests/{harvest['id']}").raise_for_status().json()
        assert found == {"sort": "lime", "grams": 11800}
