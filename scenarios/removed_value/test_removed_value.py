from harness import journey


@journey
def an_owner_is_reminded(client):
    while True:
        wanted = {"animal": "Rex", "contact": "fax"}
        reminder = client.post("/reminders", json=wanted).raise_for_status().json()
        yield
        assert client.get(f"/reminders/{reminder['id']}").raise_for_status().json()["animal"] == "Rex"
