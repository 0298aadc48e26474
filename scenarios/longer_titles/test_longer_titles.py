from uuid import uuid4

from harness import journey


@journey
def a_record_is_shelved(client):
    while True:
        record = {"title": "Kind of Blue", "barcode": uuid4().hex[:13]}
        shelved = client.post("/records", json=record).raise_for_status().json()
        yield
        assert client.get(f"/records/{shelved['id']}").raise_for_status().json()["title"] == "Kind of Blue"


@journey
def a_record_is_scanned(client):
    while True:
        record = {"title": "Blue Train", "barcode": uuid4().hex[:13]}
        shelved = client.post("/records", json=record).raise_for_status().json()
        yield
        assert client.get(f"/barcodes/{record['barcode']}").raise_for_status().json()["id"] == shelved["id"]


@journey
def a_record_is_sold(client):
    while True:
        sale = client.post("/sales", json={"cents": 1999}).raise_for_status().json()
        yield
        assert client.get(f"/sales/{sale['id']}").raise_for_status().json()["cents"] == 1999
