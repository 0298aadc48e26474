"""A whole rehearsal of an application in JavaScript, whose migrations are node-pg-migrate's: nothing here is Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from index import give_up

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from plugin.projects import Project

PACKAGES = {"pg": "8.23.1", "node-pg-migrate": "9.0.0"}
#: Longer than this a registry is not there.
NPM_TIMEOUT_S = 120

SERVER = """
import { createServer } from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
pool.on("error", () => {});

async function answer(method, path, body) {
  if (path === "/readyz") return {};
  if (method === "POST") {
    return (await pool.query("INSERT INTO notes (body, colour) VALUES ($1, 'red') RETURNING id", [body])).rows[0];
  }
  return (await pool.query("SELECT body FROM notes WHERE id = $1", [path.split("/").pop()])).rows[0];
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    response.end(JSON.stringify(await answer(request.method, request.url, Buffer.concat(chunks).toString())));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit()));
"""
FIRST, PINNED, PLAIN = "1700000000001_notes", "1700000000002_pinned", "1700000000003_no-colour"
MIGRATIONS = {
    FIRST: 'pgm.createTable("notes", { id: "id", body: { type: "text", notNull: true }, colour: "text" });',
    PINNED: 'pgm.addColumn("notes", { pinned: { type: "boolean", notNull: true, default: false } });',
    PLAIN: 'pgm.dropColumn("notes", "colour");',
}
MIGRATE = "node ../node_modules/node-pg-migrate/bin/node-pg-migrate.js up"
SETTINGS = f"""
[release]
serve = "node server.js"
ready = "/readyz"
env = {{ DATABASE_URL = "postgres://{{user}}:{{password}}@{{host}}:{{port}}/{{database}}" }}

[old]
source = "old"
init = ["{MIGRATE}"]

[new]
source = "new"

[migrations]
steps = ["{PINNED.partition("_")[0]}", "{PLAIN.partition("_")[0]}"]
command = "{MIGRATE} --timestamp {{revision}}"
version_table = "pgmigrations"

[strategy]
replicas = 1
"""
JOURNEY = """
from harness import journey

@journey
def a_note_is_kept(client):
    while True:
        note = client.post("/notes", content="milk").raise_for_status().json()
        yield
        assert client.get(f"/notes/{note['id']}").raise_for_status().json()["body"] == "milk"
"""


def install(project: Project) -> None:
    """Gets the packages from npm's registry, for both releases."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no node and npm on this machine")
    project.write("package.json", json.dumps({"private": True, "dependencies": PACKAGES}))
    words = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    words += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]  # by itself it tries for minutes
    try:
        done = subprocess.run(
            words, cwd=project.folder, capture_output=True, text=True, timeout=NPM_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        give_up(f"npm did not end within {NPM_TIMEOUT_S} s")
    if done.returncode:
        give_up(done.stderr.strip().splitlines()[0])


@pytest.mark.index
def test_an_application_in_javascript_is_rehearsed_by_its_own_commands(project: Project) -> None:
    install(project)
    for release, names in (("old", [FIRST]), ("new", [FIRST, PINNED, PLAIN])):
        project.write(f"{release}/package.json", '{ "private": true, "type": "module" }')
        project.write(f"{release}/server.js", SERVER)
        for name in names:
            code = f"export const up = (pgm) => {{ {MIGRATIONS[name]} }};\n"
            project.write(f"{release}/migrations/{name}.js", code)
    project.replace("new/server.js", "(body, colour) VALUES ($1, 'red')", "(body) VALUES ($1)")
    project.write("rolldeploy.toml", SETTINGS)
    project.write("test_notes.py", JOURNEY)
    run = project.run("-v", "--rolldeploy-report=out")
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    document = read_document(path)
    verdicts = {step.revision: step.verdict for step in document.steps}
    assert verdicts == {PINNED.partition("_")[0]: "either", PLAIN.partition("_")[0]: "after"}
    torn = {name.rpartition("::")[2]: outcome for name, outcome in run.outcomes.items() if "torn-migration" in name}
    assert torn == {f"torn-migration[{step}]": "PASSED" for step in verdicts}
    run.assert_says(
        'PostgreSQL 42703: column "colour" of relation "notes" does not exist', "dropped column notes.colour"
    )
