from harness import journey

COMPANY = "The Worshipful Company of Lamplighters"
WELCOME = "Welcome to the Botanical Garden and Tea Room"


@journey
def a_company_becomes_a_customer(client):
    while True:
        customer = client.post("/customers", json={"name": COMPANY}).raise_for_status().json()
        yield
        kept = client.get(f"/customers/{customer['id']}").raise_for_status().json()
        assert kept["name"].startswith("The Worshipful")


@journey
def a_sign_is_ordered(client):
    while True:
        sign = client.post("/signs", json={"inscription": WELCOME}).raise_for_status().json()
        yield
        kept = client.get(f"/signs/{sign['id']}").raise_for_status().json()
        assert kept["inscription"].startswith("Welcome to the Botanical Garden")
