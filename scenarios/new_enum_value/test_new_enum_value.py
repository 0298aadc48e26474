from uuid import uuid4

from harness import journey


@journey
def a_bicycle_is_repaired(client):
    while True:
        job = client.post("/jobs", json={"customer": str(uuid4()), "work": "new tyre"}).raise_for_status().json()
        yield
        assert client.get(f"/jobs/{job['id']}").raise_for_status().json()["work"] == "new tyre"


@journey
def a_customer_sees_all_jobs(client):
    customer = str(uuid4())
    client.post("/jobs", json={"customer": customer, "work": "new tyre"}).raise_for_status()
    client.post("/jobs", json={"customer": customer, "work": "new hub", "part": "hub"}).raise_for_status()
    while True:
        yield
        jobs = client.get(f"/customers/{customer}/jobs").raise_for_status().json()
        assert [job["work"] for job in jobs] == ["new tyre", "new hub"]


@journey
def a_job_is_paid(client):
    job = client.post("/jobs", json={"customer": str(uuid4()), "work": "new bell"}).raise_for_status().json()
    while True:
        client.post(f"/jobs/{job['id']}/payments", json={"cents": 500, "by": "card"}).raise_for_status()
        yield
        payments = client.get(f"/jobs/{job['id']}/payments").raise_for_status().json()
        assert payments[-1] == {"cents": 500, "by": "card"}
