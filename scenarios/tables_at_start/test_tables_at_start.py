from harness import journey


@journey
def a_recipe_is_found_again(client):
    while True:
        made = (
            client.post("/recipes", json={"title": "Plum cake", "text": "Stone the plums."}).raise_for_status().json()
        )
        yield
        assert client.get(f"/recipes/{made['id']}").raise_for_status().json()["text"] == "Stone the plums."
