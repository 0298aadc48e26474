"""What OpenStack's compute service asks of its placement service."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from harness import journey

#: 1.36 is the last version of the interface that both releases have.
BOTH = {"X-Auth-Token": "admin", "OpenStack-API-Version": "placement 1.36"}
#: Has the type of a consumer; only the new release answers it.
NEWER = {"X-Auth-Token": "admin", "OpenStack-API-Version": "placement 1.38"}


def make_host(client: httpx.Client) -> str:
    host = str(uuid4())
    client.post("/resource_providers", headers=BOTH, json={"name": f"host-{host}", "uuid": host}).raise_for_status()
    offer = {"resource_provider_generation": 0, "inventories": {"VCPU": {"total": 8}, "MEMORY_MB": {"total": 4096}}}
    client.put(f"/resource_providers/{host}/inventories", headers=BOTH, json=offer).raise_for_status()
    return host


def knows_types(client: httpx.Client) -> bool:
    [versions] = client.get("/").raise_for_status().json()["versions"]
    return versions["max_version"] == "1.38"


def claim(host: str, project: str, cores: int, generation: int | None) -> dict[str, Any]:
    return {
        "allocations": {host: {"resources": {"VCPU": cores, "MEMORY_MB": 512}}},
        "project_id": project,
        "user_id": f"user-of-{project}",
        "consumer_generation": generation,
    }


@journey
def a_host_keeps_what_it_offers(client: httpx.Client) -> Iterator[None]:
    path = f"/resource_providers/{make_host(client)}"
    cores = 8
    while True:
        yield
        kept = client.get(f"{path}/inventories", headers=BOTH).raise_for_status().json()
        assert kept["inventories"]["VCPU"]["total"] == cores
        cores += 1
        change = {"resource_provider_generation": kept["resource_provider_generation"], "total": cores}
        client.put(f"{path}/inventories/VCPU", headers=BOTH, json=change).raise_for_status()


@journey
def an_instance_comes_and_goes(client: httpx.Client) -> Iterator[None]:
    host = make_host(client)
    while True:
        project, instance = f"project-{uuid4()}", f"/allocations/{uuid4()}"
        client.put(instance, headers=BOTH, json=claim(host, project, 8, None)).raise_for_status()
        yield
        used = client.get("/usages", headers=BOTH, params={"project_id": project}).raise_for_status().json()
        assert used["usages"] == {"VCPU": 8, "MEMORY_MB": 512}
        client.delete(instance, headers=BOTH).raise_for_status()


@journey
def an_instance_keeps_its_share(client: httpx.Client) -> Iterator[None]:
    """It has a type where the service knows types: the client asks for the newest version, as compute does."""
    host, project, instance = make_host(client), f"project-{uuid4()}", f"/allocations/{uuid4()}"
    cores, generation, kind = 0, None, "unknown"
    while True:
        cores = cores % 8 + 1
        body = claim(host, project, cores, generation)
        headers = BOTH
        if knows_types(client):
            headers, kind = NEWER, "INSTANCE"
            body["consumer_type"] = kind
        client.put(instance, headers=headers, json=body).raise_for_status()
        yield
        headers = NEWER if knows_types(client) else BOTH
        kept = client.get(instance, headers=headers).raise_for_status().json()
        assert kept["allocations"][host]["resources"]["VCPU"] == cores
        assert kept.get("consumer_type", kind) == kind
        generation = kept["consumer_generation"]
