from uuid import uuid4

from harness import journey


@journey
def a_practice_sees_its_appointments(client):
    practice = f"/practices/{uuid4()}"
    client.post(f"{practice}/appointments", json={"patient": "Ada"}).raise_for_status()
    while True:
        yield
        assert client.get(f"{practice}/appointments").raise_for_status().json() == [{"patient": "Ada"}]


@journey
def a_practice_sees_its_invoices(client):
    practice = f"/practices/{uuid4()}"
    client.post(f"{practice}/invoices", json={"patient": "Ada", "cents": 4200}).raise_for_status()
    while True:
        yield
        invoices = client.get(f"{practice}/invoices").raise_for_status().json()
        assert invoices == [{"patient": "Ada", "cents": 4200}]
