from harness import eventually, journey

ORDER = "INSERT INTO badges (name) VALUES ('Ada') RETURNING id"
PRINTED = "SELECT text FROM prints WHERE badge_id = %s"


@journey
def a_badge_is_printed(client):
    assert int(client.run(["python", "badges.py", "count"]).stdout) >= 0
    while True:
        [badge] = client.sql(ORDER)
        assert eventually(lambda: client.sql(PRINTED, [badge["id"]]), within_s=1) == [{"text": "Ada"}]
        yield
