"""Settings from the deployment's own file, and projects that ``rolldeploy init`` begins with, as a user meets them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from repositories import commit_all

from harness.report.document import REPORT_NAME, read_document
from plugin.projects import CHECK_ITEMS, JOURNEY_ITEMS, Run

if TYPE_CHECKING:
    from plugin.projects import Project

NOT_COLLECTED = int(pytest.ExitCode.INTERRUPTED)
DEPLOYMENT = """\
kind: Deployment
metadata: {name: notes}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: notes
        command: [python, app.py, "8000"]
        env:
        - {name: DATABASE_URL, value: "postgresql+psycopg://notes:pw@db:5432/notes"}
        - {name: API_TOKEN, valueFrom: {secretKeyRef: {name: notes, key: token}}}
        readinessProbe: {httpGet: {path: /readyz, port: 8000}}
        livenessProbe: {tcpSocket: {port: 8000}}
        ports: [{containerPort: 8000}]
        lifecycle: {preStop: {sleep: {seconds: 5}}}
---
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}
spec: {template: {spec: {containers: [{name: m, command: [alembic, upgrade, head]}]}}}
"""
SETTINGS = """\
[release]
preload = ["http.server", "psycopg"]
[old]
source = "old"
[new]
source = "new"
[deploy]
from_kubernetes = "deploy.yaml"
"""


@pytest.fixture
def described(notes: Project) -> Project:
    """The example, whose settings say no more than where the releases are."""
    notes.write("rolldeploy.toml", SETTINGS)
    notes.write("deploy.yaml", DEPLOYMENT)
    return notes


def test_a_rehearsal_runs_by_a_deployment_alone_and_tells_what_it_read(described: Project) -> None:
    run = described.run("--rolldeploy-report=report")
    assert run.status == pytest.ExitCode.OK
    assert run.counts == {"passed": JOURNEY_ITEMS + CHECK_ITEMS - 1, "xfailed": 1}
    run.assert_says(
        "rolldeploy: settings from deploy.yaml (Deployment notes)",
        '[release] serve = "python app.py {port}" (deploy.yaml, line 9)',
        '[strategy] drain = "before" (deploy.yaml, line 16; a preStop hook sleeps for 5 s)',
        '[migrations] when = "before" (deploy.yaml, line 19; the Job migrate is a hook: pre-upgrade)',
        "not understood: deploy.yaml, line 12: variable API_TOKEN is kept in the Secret notes (token)",
        "settings from deploy.yaml (Deployment notes)",
    )
    [path] = (described.folder / "report").glob(f"*/{REPORT_NAME}")
    read = read_document(path).read_from
    assert read is not None
    assert len(read.open) == 1


def test_what_is_piped_into_pytest_is_read(described: Project) -> None:
    described.replace("rolldeploy.toml", '"deploy.yaml"', '"-"')
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rolldeploy-plan"]
    piped = subprocess.run(
        command, cwd=described.folder, input=DEPLOYMENT, capture_output=True, text=True, check=False, timeout=120
    )
    run = Run(piped.returncode, piped.stdout + piped.stderr)
    run.assert_says("settings from standard input (Deployment notes)", "(standard input, line 9)")
    assert run.status == pytest.ExitCode.OK


def test_nothing_that_is_piped_in_is_no_deployment(described: Project) -> None:
    described.replace("rolldeploy.toml", '"deploy.yaml"', '"-"')
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    piped = subprocess.run(
        command,
        cwd=described.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    sentence = "rolldeploy.toml, line 8, deploy.from_kubernetes: standard input has no Deployment"
    Run(piped.returncode, piped.stdout + piped.stderr).assert_refused(NOT_COLLECTED, sentence)


def test_workers_of_xdist_have_no_standard_input(described: Project) -> None:
    described.replace("rolldeploy.toml", '"deploy.yaml"', '"-"')
    run = described.run("-n", "1", "--dist", "loadgroup")
    run.assert_says("the workers of pytest-xdist have no standard input: write it to a file, and name that")
    assert run.status != pytest.ExitCode.OK


def test_a_file_that_is_no_deployment_is_refused_in_one_sentence(described: Project) -> None:
    described.replace("deploy.yaml", "kind: Deployment", "kind: StatefulSet")
    described.run().assert_refused(
        NOT_COLLECTED,
        "SettingsError: rolldeploy.toml, line 8, deploy.from_kubernetes: deploy.yaml has no Deployment (it has "
        "StatefulSet, Job): name the file with the Deployment, or the output of helm template",
    )


def test_a_project_that_init_begins_with_is_rehearsed_as_it_is(project: Project) -> None:
    project.copy("bare")
    second = "migrations/versions/0002_pinned.py"
    text = (project.folder / second).read_text()
    (project.folder / second).unlink()
    commit_all(project.folder, "the first")
    project.write(second, text)
    commit_all(project.folder, "the second")
    begun = subprocess.run(
        [sys.executable, "-m", "harness.cli", "init"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout.splitlines()[-1] == "next     pytest test_rolldeploy.py"
    assert "to do" not in begun.stdout
    run = project.run("test_rolldeploy.py")
    assert run.status == pytest.ExitCode.OK
    assert run.counts == {"passed": JOURNEY_ITEMS + CHECK_ITEMS}
    run.assert_says("1 0002_pinned", "either", "touched 1 of 1 changes of what was there")
