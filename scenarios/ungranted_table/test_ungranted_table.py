from harness import journey


@journey
def a_guest_enters(client):
    while True:
        guest = client.post("/guests", json={"name": "Ada"}).raise_for_status().json()
        yield
        assert client.get(f"/guests/{guest['id']}").raise_for_status().json()["name"] == "Ada"


@journey
def a_course_opens(client):
    while True:
        course = client.post("/courses", json={"title": "Diving"}).raise_for_status().json()
        yield
        assert client.get(f"/courses/{course['id']}").raise_for_status().json()["title"] == "Diving"
