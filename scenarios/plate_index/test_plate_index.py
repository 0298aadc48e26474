from uuid import uuid4

from harness import journey


@journey
def a_warden_finds_the_permit(client):
    while True:
        plate, street = uuid4().hex[:10], uuid4().hex[:10]
        client.post("/permits", json={"plate": plate, "street": street}).raise_for_status()
        yield
        assert client.get(f"/plates/{plate}").raise_for_status().json()["street"] == street
        assert [one["plate"] for one in client.get(f"/streets/{street}").raise_for_status().json()] == [plate]
