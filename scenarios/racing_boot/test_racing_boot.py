from harness import journey


@journey
def a_pot_is_fired(client):
    while True:
        made = client.post("/firings", json={"pot": "tea bowl", "glaze": "celadon"}).raise_for_status().json()
        yield
        assert client.get(f"/firings/{made['id']}").raise_for_status().json()["glaze"] == "celadon"
