"""What the treasurer does."""

from harness import journey


@journey
def a_plot_changes_hands(client):
    while True:
        plot = client.post("/plots", json={"tenant": "Ada"}).raise_for_status().json()
        client.put(f"/plots/{plot['id']}", json={"tenant": "Grace"}).raise_for_status()
        yield
        assert client.get(f"/plots/{plot['id']}").raise_for_status().json()["tenant"] == "Grace"


@journey
def an_entry_is_corrected(client):
    while True:
        entry = client.post("/entries", json={"text": "Seeds", "cents": 2100}).raise_for_status().json()
        client.put(f"/entries/{entry['id']}", json={"cents": 1200}).raise_for_status()
        yield
        assert client.get(f"/entries/{entry['id']}").raise_for_status().json()["cents"] == 1200
