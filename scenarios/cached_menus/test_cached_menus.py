from itertools import cycle

from harness import journey


@journey
def a_menu_is_changed(client):
    menu = client.post("/menus", json={"dish": "soup"}).raise_for_status().json()
    dish = "soup"
    for other in cycle(["stew", "soup"]):
        yield
        assert client.get(f"/menus/{menu['id']}").raise_for_status().json() == {"text": dish.upper()}
        client.put(f"/menus/{menu['id']}", json={"dish": other}).raise_for_status()
        dish = other
