"""What somebody does who has an account."""

from collections.abc import Iterator

import httpx

from harness import journey

ADA = {"name": "Ada", "city": "London", "password": "correct horse"}


@journey
def somebody_signs_in(client: httpx.Client) -> Iterator[None]:
    person = client.post("/people", json=ADA).raise_for_status().json()
    while True:
        yield
        given = {"id": person["id"], "password": "correct horse"}
        assert client.post("/sign-ins", json=given).raise_for_status().json() == {"welcome": "Ada"}


@journey
def a_wrong_password_is_refused(client: httpx.Client) -> Iterator[None]:
    person = client.post("/people", json=ADA).raise_for_status().json()
    while True:
        yield
        assert client.post("/sign-ins", json={"id": person["id"], "password": "battery"}).status_code == 401
        assert client.get(f"/people/{person['id']}").json() == {"name": "Ada", "city": "London"}
