from harness import journey


@journey
def a_patient_is_admitted(client):
    while True:
        patient = client.post("/north/patients", json={"name": "Rex"}).raise_for_status().json()
        yield
        assert client.get(f"/north/patients/{patient['id']}").raise_for_status().json()["name"] == "Rex"
        assert client.get(f"/south/patients/{patient['id']}").status_code == 404


@journey
def an_invoice_is_written(client):
    while True:
        invoice = client.post("/north/invoices", json={"cents": 4500}).raise_for_status().json()
        yield
        assert client.get(f"/north/invoices/{invoice['id']}").raise_for_status().json()["cents"] == 4500
        assert client.get(f"/south/invoices/{invoice['id']}").status_code == 404


@journey
def a_visit_is_entered(client):
    while True:
        visit = client.post("/north/visits", json={"reason": "vaccination"}).raise_for_status().json()
        yield
        assert client.get(f"/north/visits/{visit['id']}").raise_for_status().json()["reason"] == "vaccination"
        assert client.get(f"/south/visits/{visit['id']}").status_code == 404
