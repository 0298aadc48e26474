from harness import journey


@journey
def an_order_is_followed(client):
    order = client.post("/orders", json={"shop": "Rosa", "postcode": "10435"}).raise_for_status().json()
    url = f"/orders/{order['id']}"
    while True:
        for status in ("packed", "loaded", "delivered"):
            client.patch(url, json={"status": status}).raise_for_status()
            yield
            found = client.get(url).raise_for_status().json()
            assert (found["status"], found["postcode"]) == (status, "10435")
