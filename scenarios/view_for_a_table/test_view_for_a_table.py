from uuid import uuid4

from harness import journey


@journey
def who_comes_changes_her_mind(client):
    while True:
        path = f"/rehearsals/{uuid4()}/attendances/Ada"
        client.put(path, json={"comes": True}).raise_for_status()
        yield
        client.put(path, json={"comes": False}).raise_for_status()
        assert client.get(path).raise_for_status().json() == {"comes": False}


@journey
def a_singer_is_on_the_list(client):
    while True:
        name = str(uuid4())
        client.post("/singers", json={"name": name, "voice": "alto"}).raise_for_status()
        yield
        assert f"{name},alto" in client.get("/singers").raise_for_status().json()["csv"].splitlines()


@journey
def copies_of_a_score_are_counted(client):
    while True:
        title = str(uuid4())
        client.put(f"/scores/{title}", json={"copies": 20}).raise_for_status()
        yield
        client.put(f"/scores/{title}", json={"copies": 30}).raise_for_status()
        assert f"{title},30" in client.get("/scores").raise_for_status().json()["csv"].splitlines()
