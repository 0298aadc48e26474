from harness import journey


@journey
def a_subscriber_is_kept(client):
    while True:
        made = client.post("/subscribers", json={"email": "ada@example.com"}).raise_for_status().json()
        yield
        assert client.get(f"/subscribers/{made['id']}").raise_for_status().json()["email"] == "ada@example.com"


@journey
def an_issue_can_be_read(client):
    while True:
        made = client.post("/issues", json={"text": "Tulips are early this year."}).raise_for_status().json()
        yield
        assert client.get(f"/issues/{made['id']}").raise_for_status().json()["text"].startswith("Tulips")
