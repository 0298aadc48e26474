from harness import journey


@journey
def a_gardener_is_known(client):
    while True:
        gardener = client.post("/gardeners", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/gardeners/{gardener['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_notice_is_read(client):
    while True:
        notice = client.post("/notices", json={"body": "Water is off on Friday"}).raise_for_status().json()
        yield
        assert client.get(f"/notices/{notice['id']}").raise_for_status().json()["body"].startswith("Water")
