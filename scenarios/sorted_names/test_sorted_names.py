from harness import journey


@journey
def an_animal_has_a_card(client):
    animal = client.post("/animals", json={"name": "Rex"}).raise_for_status().json()
    while True:
        yield
        card = client.get(f"/animals/{animal['id']}/card").raise_for_status().json()
        assert card == {"name": "Rex", "drawer": "R"}


@journey
def an_owner_has_a_card(client):
    owner = client.post("/owners", json={"name": "ada"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/owners/{owner['id']}/card").raise_for_status().json() == {"name": "ada", "drawer": "A"}
        client.put(f"/owners/{owner['id']}", json={"name": "grace"}).raise_for_status()
        yield
        assert client.get(f"/owners/{owner['id']}/card").raise_for_status().json() == {"name": "grace", "drawer": "G"}
        client.put(f"/owners/{owner['id']}", json={"name": "ada"}).raise_for_status()
