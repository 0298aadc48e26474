from harness import journey


@journey
def a_member_joins(client):
    while True:
        given = {"name": "Ada", "fax": "555-0100", "email": "ada@example.com"}
        joined = client.post("/members", json=given).raise_for_status().json()
        yield
        assert client.get(f"/members/{joined['id']}").raise_for_status().json()["name"] == "Ada"
