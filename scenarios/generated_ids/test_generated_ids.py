"""What happens at the counter of the laundry."""

from harness import journey


@journey
def a_customer_comes_for_the_first_time(client):
    while True:
        customer = client.post("/customers", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/customers/{customer['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_bundle_is_taken_in(client):
    while True:
        bundle = client.post("/bundles", json={"shirts": 5}).raise_for_status().json()
        yield
        assert client.get(f"/bundles/{bundle['id']}").raise_for_status().json()["shirts"] == 5


@journey
def a_ticket_is_handed_out(client):
    while True:
        ticket = client.post("/tickets", json={"item": "coat"}).raise_for_status().json()
        yield
        assert client.get(f"/tickets/{ticket['number']}").raise_for_status().json()["item"] == "coat"
