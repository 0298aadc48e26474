"""What training code and its authors do with MLflow's tracking server and its registry of models."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from harness import journey

API = "/api/2.0/mlflow"


def post(client: httpx.Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", json=body).raise_for_status().json()


def get(client: httpx.Client, path: str, **query: Any) -> Any:
    return client.get(f"{API}/{path}", params=query).raise_for_status().json()


def start_run(client: httpx.Client) -> tuple[str, str]:
    experiment = post(client, "experiments/create", name=f"experiment-{uuid4()}")["experiment_id"]
    return experiment, post(client, "runs/create", experiment_id=experiment, start_time=1)["run"]["info"]["run_id"]


@journey
def a_run_goes_on(client: httpx.Client) -> Iterator[None]:
    """Metrics are logged as training goes on; they are read one by one, as a history, and by a search."""
    experiment, run = start_run(client)
    step = 0
    while True:
        step += 1
        metric = {"key": "loss", "value": 1 / step, "timestamp": step, "step": step}
        post(client, "runs/log-batch", run_id=run, metrics=[metric], tags=[{"key": "stage", "value": f"step {step}"}])
        yield
        data = get(client, "runs/get", run_id=run)["run"]["data"]
        assert [item["step"] for item in data["metrics"]] == [step]
        # As the pages of the interface ask: 3.1.4 answers metrics/get-history with nothing where no max_results is given.
        asked = {"run_id": run, "metric_key": "loss"}
        bulk = client.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", params=asked).raise_for_status()
        history = bulk.json()["metrics"]
        assert sorted(item["step"] for item in history) == list(range(1, step + 1))
        wanted = f"metrics.loss <= 1 AND tags.stage = 'step {step}'"
        found = post(client, "runs/search", experiment_ids=[experiment], filter=wanted)["runs"]
        assert [item["info"]["run_id"] for item in found] == [run]


@journey
def a_run_names_its_data(client: httpx.Client) -> Iterator[None]:
    _, run = start_run(client)
    names: set[str] = set()
    while True:
        name = f"data-{uuid4()}"
        dataset = {"name": name, "digest": "0123", "source_type": "local", "source": "file:data"}
        used = {"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}
        post(client, "runs/log-inputs", run_id=run, datasets=[used])
        names.add(name)
        yield
        kept = get(client, "runs/get", run_id=run)["run"]["inputs"]["dataset_inputs"]
        assert {item["dataset"]["name"] for item in kept} == names


@journey
def a_model_gets_versions(client: httpx.Client) -> Iterator[None]:
    name = f"model-{uuid4()}"
    post(client, "registered-models/create", name=name)
    number = 0
    while True:
        number += 1
        made = post(client, "model-versions/create", name=name, source="mlflow-artifacts:/model")["model_version"]
        assert made["version"] == str(number)
        post(client, "model-versions/set-tag", name=name, version=made["version"], key="quality", value="good")
        post(client, "registered-models/alias", name=name, version=made["version"], alias="champion")
        yield
        kept = get(client, "registered-models/alias", name=name, alias="champion")["model_version"]
        assert kept["version"] == str(number)
        assert kept["tags"] == [{"key": "quality", "value": "good"}]
