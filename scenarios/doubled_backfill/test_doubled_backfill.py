from harness import journey


@journey
def a_member_has_credit(client):
    while True:
        made = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/members/{made['id']}").raise_for_status().json()["credit"] >= 5
