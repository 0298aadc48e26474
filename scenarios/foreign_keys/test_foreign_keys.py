"""What happens at the desk of the practice."""

from harness import journey


def post(client, path, **given):
    return client.post(path, json=given).raise_for_status().json()


@journey
def an_animal_is_admitted_and_moves_away(client):
    while True:
        animal = post(client, "/animals", name="Minka", owner="Ada")
        yield
        assert client.get(f"/animals/{animal['id']}").raise_for_status().json()["owner"] == "Ada"
        client.delete(f"/animals/{animal['id']}").raise_for_status()


@journey
def a_treatment_is_cancelled(client):
    while True:
        treatment = post(client, "/treatments", reason="fleas", doses=2)
        yield
        assert client.get(f"/treatments/{treatment['id']}").raise_for_status().json()["doses"] == 2
        client.delete(f"/treatments/{treatment['id']}").raise_for_status()
        assert client.get(f"/treatments/{treatment['id']}").status_code == 404


@journey
def a_paid_invoice_outlives_its_customer(client):
    while True:
        customer = post(client, "/customers", name="Grace")
        invoice = post(client, "/invoices", customer=customer["id"], cents=4200, paid=True)
        client.delete(f"/customers/{customer['id']}").raise_for_status()
        yield
        kept = client.get(f"/invoices/{invoice['id']}")
        assert kept.status_code == 200, "the invoice has to be kept for ten years"
        assert kept.json()["cents"] == 4200
