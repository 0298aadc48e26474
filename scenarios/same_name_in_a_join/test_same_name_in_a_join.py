from uuid import uuid4

from harness import journey


def register(client, town):
    owner = client.post("/owners", json={"name": "Ada", "town": town}).raise_for_status().json()
    pet = {"owner": owner["id"], "name": "Rex", "species": "dog", "grams": 9000}
    return owner["id"], client.post("/pets", json=pet).raise_for_status().json()["id"]


@journey
def a_visit_is_looked_up(client):
    while True:
        _, pet = register(client, "Ely")
        visit = client.post("/visits", json={"pet": pet, "reason": "teeth"}).raise_for_status().json()
        yield
        kept = client.get(f"/visits/{visit['id']}").raise_for_status().json()
        assert (kept["name"], kept["reason"], kept["grams"]) == ("Rex", "teeth", 9000)


@journey
def the_owners_of_a_town_get_a_letter(client):
    while True:
        town = f"Ely-{uuid4()}"
        register(client, town)
        yield
        owners = client.get(f"/towns/{town}/owners").raise_for_status().json()
        assert [owner["name"] for owner in owners] == ["Ada"]


@journey
def an_owner_sees_the_patients(client):
    while True:
        owner, pet = register(client, "Ely")
        for reason in ("teeth", "stitches"):
            client.post("/visits", json={"pet": pet, "reason": reason}).raise_for_status()
        yield
        patients = client.get(f"/owners/{owner}/patients").raise_for_status().json()
        assert [patient["name"] for patient in patients] == ["Rex"]
