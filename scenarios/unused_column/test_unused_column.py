from harness import journey


@journey
def a_loan_is_extended(client):
    loan = client.post("/loans", json={"book": "Emma", "due": "2030-01-01"}).raise_for_status().json()
    days = 1
    while True:
        yield
        kept = client.get(f"/loans/{loan['id']}").raise_for_status().json()
        assert kept["due"] == f"2030-01-{days:02}"
        days = days % 28 + 1
        client.put(f"/loans/{loan['id']}", json={"due": f"2030-01-{days:02}"}).raise_for_status()


@journey
def a_member_joins(client):
    while True:
        member = client.post("/members", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/members/{member['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_reminder_is_sent(client):
    letter = {"address": "ada@example.com", "subject": "Emma is due"}
    while True:
        sent = client.post("/reminders", json=letter).raise_for_status().json()
        yield
        assert client.get(f"/reminders/{sent['id']}").raise_for_status().json()["subject"] == "Emma is due"
