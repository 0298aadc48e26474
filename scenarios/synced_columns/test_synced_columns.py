from harness import journey


@journey
def a_friend_is_reached(client):
    friend = client.post("/friends", json={"name": "Ada", "phone": "020 111"}).raise_for_status().json()
    phone = "020 111"
    while True:
        yield
        assert client.get(f"/friends/{friend['id']}").raise_for_status().json() == {"name": "Ada", "phone": phone}
        phone = "020 222" if phone == "020 111" else "020 111"
        client.put(f"/friends/{friend['id']}", json={"phone": phone}).raise_for_status()


@journey
def a_lender_is_reached(client):
    lender = client.post("/lenders", json={"name": "Ada", "mail": "ada@home"}).raise_for_status().json()
    mail = "ada@home"
    while True:
        yield
        assert client.get(f"/lenders/{lender['id']}").raise_for_status().json() == {"name": "Ada", "mail": mail}
        mail = "ada@work" if mail == "ada@home" else "ada@home"
        client.put(f"/lenders/{lender['id']}", json={"mail": mail}).raise_for_status()
