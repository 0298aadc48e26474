from harness import journey


@journey
def the_kitchen_knows_of_no_allergy(client):
    guest = client.post("/guests", json={"name": "Ada"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/guests/{guest['id']}/allergies").raise_for_status().json() == {"avoid": []}


@journey
def a_guest_is_greeted(client):
    guest = client.post("/guests", json={"name": "Ada", "allergies": "nuts"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/guests/{guest['id']}/greeting").raise_for_status().json() == {"text": "Welcome, Ada"}


@journey
def a_course_without_a_limit_is_never_full(client):
    course = client.post("/courses", json={"dish": "Risotto"}).raise_for_status().json()
    while True:
        yield
        assert client.post(f"/courses/{course['id']}/bookings", json={"name": "Ada"}).status_code == 201
