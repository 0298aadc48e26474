from harness import journey


@journey
def an_applicant_waits(client):
    while True:
        made = client.post("/applicants", json={"name": "Olga", "wish": "apple trees"}).raise_for_status().json()
        yield
        assert client.get(f"/applicants/{made['id']}").raise_for_status().json()["wish"] == "apple trees"
