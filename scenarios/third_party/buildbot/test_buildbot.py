"""What developers do with Buildbot's web interface: they have something built, and look at what came of it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from harness import eventually, journey

API = "/api/v2"


def ask(client: httpx.Client, path: str, method: str, **parameters: Any) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return client.post(f"{API}/{path}", json=body).raise_for_status().json()["result"]


def get(client: httpx.Client, path: str, **query: Any) -> Any:
    kind = path.rsplit("/", 1)[-1] if path.rsplit("/", 1)[-1].isalpha() else path.rsplit("/", 2)[-2]
    return client.get(f"{API}/{path}", params=query).raise_for_status().json()[kind]


def await_build(client: httpx.Client, wanted: Any) -> int:
    """The number of the build of a request, once it has ended well."""
    _, requests = wanted
    [request] = requests.values()
    assert eventually(lambda: get(client, f"buildrequests/{request}")[0]["complete"], within_s=3)
    [build] = get(client, f"buildrequests/{request}/builds")
    assert build["results"] == 0
    return build["buildid"]


def report_change(client: httpx.Client, comments: str) -> int:
    revision = uuid4().hex
    change = {"revision": revision, "author": "Ada <ada@example.com>", "comments": comments, "branch": "main"}
    client.post("/change_hook/base", data=change).raise_for_status()
    [made] = eventually(lambda: get(client, "changes", revision=revision), within_s=3)
    return made["changeid"]


@journey
def a_build_is_kept_and_run_again(client: httpx.Client) -> Iterator[None]:
    reason = f"reason {uuid4()}"
    change = report_change(client, reason)
    build = await_build(client, ask(client, "forceschedulers/force", "force", builderNames=["runtests"], reason=reason))
    while True:
        yield
        [kept] = get(client, f"changes/{change}")
        assert kept["comments"] == reason
        [kept] = get(client, f"builds/{build}", property="flavour")
        assert kept["properties"]["flavour"] == [reason, "SetProperty"]
        [log] = get(client, f"builds/{build}/steps/2/logs")
        [said] = client.get(f"{API}/logs/{log['logid']}/contents").raise_for_status().json()["logchunks"]
        assert f"tested {reason}" in said["content"]
        change = report_change(client, reason)
        build = await_build(client, ask(client, f"builds/{build}", "rebuild"))
