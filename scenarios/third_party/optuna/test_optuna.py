"""What somebody does who looks after studies in Optuna's dashboard."""

from collections.abc import Iterator
from uuid import uuid4

import httpx

from harness import journey


@journey
def a_study_is_kept(client: httpx.Client) -> Iterator[None]:
    name = f"study-{uuid4()}"
    made = client.post("/api/studies", json={"study_name": name, "directions": ["minimize"]}).raise_for_status().json()
    path = f"/api/studies/{made['study_summary']['study_id']}"
    while True:
        yield
        assert client.get(path).raise_for_status().json()["name"] == name


@journey
def a_note_is_kept(client: httpx.Client) -> Iterator[None]:
    body = {"study_name": f"note-{uuid4()}", "directions": ["maximize"]}
    made = client.post("/api/studies", json=body).raise_for_status().json()
    path = f"/api/studies/{made['study_summary']['study_id']}"
    version = 0
    while True:
        version += 1
        client.put(f"{path}/note", json={"version": version, "body": f"note {version}"}).raise_for_status()
        yield
        assert client.get(path).raise_for_status().json()["note"] == {"version": version, "body": f"note {version}"}


@journey
def finished_trials_keep_their_values(client: httpx.Client) -> Iterator[None]:
    studies = client.get("/api/studies").raise_for_status().json()["study_summaries"]
    path = f"/api/studies/{next(study['study_id'] for study in studies if study['study_name'] == 'seeded')}"
    first = client.get(path).raise_for_status().json()["trials"]
    assert len(first) == 3
    while True:
        yield
        trials = client.get(path).raise_for_status().json()["trials"]
        assert [trial["values"] for trial in trials] == [trial["values"] for trial in first]
