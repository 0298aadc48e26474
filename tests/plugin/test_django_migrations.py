"""Whole rehearsals of a Django project: two apps whose migrations need each other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from plugin.projects import Project

FILES = {
    "project/manage.py": """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harbour.settings")
execute_from_command_line(sys.argv)
""",
    "project/harbour/settings.py": """
import os
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "harbour.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "boats", "people"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **{
    name: os.environ["PG" + name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}}}
""",
    "project/harbour/urls.py": """
import json
from django.http import HttpResponse, JsonResponse
from django.urls import path
from boats.models import Boat

def boats(request):
    return JsonResponse({"id": Boat.objects.create(**json.loads(request.body)).id})

def boat(request, id):
    return JsonResponse({"name": Boat.objects.get(id=id).name})

urlpatterns = [path("boats", boats), path("boats/<int:id>", boat), path("readyz", lambda _: HttpResponse())]
""",
    "project/serve.py": """
import os, sys
from wsgiref.simple_server import make_server
os.environ["DJANGO_SETTINGS_MODULE"] = "harbour.settings"
from django.core.wsgi import get_wsgi_application
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
""",
}
MODEL = """
from django.db import models

class {name}(models.Model):
    name = models.CharField(max_length=20, db_default='')
"""
MIGRATION = """{head}
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = {needs}
    {atomic}
    operations = [{operation}]
"""
CREATE = (
    'migrations.CreateModel("{}", [("id", models.BigAutoField(primary_key=True)), ("name", '
    "models.CharField(max_length=20, db_default=''))])"
)
SETTINGS = """
[release]
serve = "python project/serve.py {port}"
preload = ["django.core.wsgi", "django.core.management", "django.db.backends.postgresql.base"]
ready = "/readyz"
env = { PGHOST = "{host}", PGPORT = "{port}", PGNAME = "{database}", PGUSER = "{user}", PGPASSWORD = "{password}" }

[old]
source = "old"

[new]
source = "new"

[migrations]
django = "project/manage.py"

[traffic]
clients = 0

[strategy]
replicas = 1
"""
JOURNEY = """
from harness import journey

@journey
def a_boat_is_kept(client):
    while True:
        boat = client.post("/boats", content='{"name": "Isis"}').raise_for_status().json()
        yield
        assert client.get(f"/boats/{boat['id']}").raise_for_status().json()["name"] == "Isis"
"""


def migrate(project: Project, release: str, app: str, name: str, operation: str, **more: object) -> None:
    """Adds a migration to an app of a release."""
    given = {"head": "", "needs": [], "atomic": "", **more}
    project.write(f"{release}/project/{app}/migrations/{name}.py", MIGRATION.format(operation=operation, **given))


@pytest.fixture
def harbour(project: Project) -> Project:
    """An old and a new release that are still the same."""
    for release in ("old", "new"):
        for path, text in FILES.items():
            project.write(f"{release}/{path}", text)
        for app, name in (("boats", "Boat"), ("people", "Person")):
            project.write(f"{release}/project/{app}/models.py", MODEL.format(name=name))
            project.write(f"{release}/project/{app}/__init__.py", "")
            project.write(f"{release}/project/{app}/migrations/__init__.py", "")
            migrate(project, release, app, "0001_initial", CREATE.format(name))
        project.write(f"{release}/project/harbour/__init__.py", "")
    project.write("rolldeploy.toml", SETTINGS)
    project.write("test_boats.py", JOURNEY)
    return project


def test_the_plan_is_djangos_across_its_apps(harbour: Project) -> None:
    email = 'migrations.AddField("Person", "email", models.TextField(db_default=""))'
    migrate(harbour, "new", "people", "0002_email", email, needs=[("people", "0001_initial")])
    owner = 'migrations.AddField("Boat", "owner", models.ForeignKey("people.Person", models.SET_NULL, null=True))'
    needs = [("boats", "0001_initial"), ("people", "0002_email")]
    migrate(harbour, "new", "boats", "0002_owner", owner, needs=needs, head='"""A boat has an owner."""')
    needs = [("people", "0002_email"), ("boats", "0002_owner")]
    migrate(harbour, "new", "people", "0003_berth", CREATE.format("Berth"), needs=needs)
    index = 'AddIndexConcurrently("Boat", models.Index(fields=["name"], name="boats_by_name"))'
    needs = [("boats", "0002_owner")]
    migrate(harbour, "new", "boats", "0003_by_name", index, needs=needs, atomic="atomic = False")
    gone, needs = 'migrations.RemoveField("Boat", "name")', [("boats", "0003_by_name")]
    migrate(harbour, "new", "boats", "0004_no_name", gone, needs=needs, head='rolldeploy = "after"')
    harbour.replace("new/project/harbour/urls.py", ".name})", ".id})")
    harbour.replace("new/project/harbour/urls.py", "**json.loads(request.body)", "")
    harbour.write("new/project/boats/models.py", MODEL.format(name="Boat").replace("name =", "pass  # name ="))
    harbour.replace("test_boats.py", '.json()["name"] == "Isis"', ".json()")
    run = harbour.run("-v", "--rolldeploy-report=out")
    (path,) = (harbour.folder / "out").glob(f"*/{REPORT_NAME}")
    document = read_document(path)
    assert [(step.label, step.verdict) for step in document.steps] == [
        ("people.0002_email", "untested"),
        ("boats.0002_owner", "either"),
        ("boats.0003_by_name", "either"),
        ("people.0003_berth", "untested"),  # nobody has a boat there yet
        ("boats.0004_no_name", "after"),
    ]
    # One transaction each, whatever Django itself writes behind it; but an index that is built alone stays.
    torn = {check.step: check for check in document.checks if check.check == "torn-migration"}
    assert {step for step, check in torn.items() if check.status != "pass"} == {"boats.0003_by_name"}
    (finding,) = torn["boats.0003_by_name"].findings
    assert finding.sqlstates == ("42P07",)
    assert run.outcomes["test_boats.py::a_boat_is_kept[boats.0004_no_name-old-warm]"] == "XFAIL", "it comes last"


def test_the_first_new_replicas_may_migrate_when_they_start(harbour: Project) -> None:
    colour = 'migrations.AddField("Boat", "colour", models.TextField(db_default="white"))'
    migrate(harbour, "new", "boats", "0002_colour", colour, needs=[("boats", "0001_initial")])
    harbour.replace("rolldeploy.toml", "[new]", '[new]\nboot = "python project/manage.py migrate"')
    harbour.replace("rolldeploy.toml", "[migrations]", '[migrations]\nwhen = "at-boot"')
    run = harbour.run("-v")
    run.assert_says(
        "a_boat_is_kept[rollout-mixed] PASSED",
        "boot-race[rollout] FAILED",  # Django takes no lock around what it looks up and what it does then
        '42701 column "colour" of relation "boats_boat" already exists',
    )


def test_a_squashed_migration_counts_as_run_where_all_that_it_replaces_were(harbour: Project) -> None:
    colour = 'migrations.AddField("Boat", "colour", models.TextField(db_default="white"))'
    for release in ("old", "new"):
        migrate(harbour, release, "boats", "0002_colour", colour, needs=[("boats", "0001_initial")])
    whole, replaces = f"{CREATE.format('Boat')}, {colour}", [("boats", "0001_initial"), ("boats", "0002_colour")]
    migrate(harbour, "new", "boats", "0001_squashed", whole, atomic=f"replaces = {replaces}")
    harbour.run("--rolldeploy-plan").assert_says("0 migrations")
    (harbour.folder / "old/project/boats/migrations/0002_colour.py").unlink()
    harbour.run().assert_refused(2, "boats.0001_squashed squashes boats.0002_colour, which the old release has not")


def test_a_plan_that_cannot_be_read_is_told_before_anything_starts(harbour: Project) -> None:
    note = 'migrations.AddField("Boat", "note", models.TextField(null=True))'
    for name in ("0002_note", "0002_remark"):
        migrate(harbour, "new", "boats", name, note, needs=[("boats", "0001_initial")])
    harbour.run().assert_refused(
        2, "ends with 2 migrations (0002_note, 0002_remark): merge them with", "makemigrations --merge"
    )
    harbour.replace("new/project/harbour/settings.py", '"boats", ', '"boats", "nowhere", ')
    harbour.run().assert_refused(2, "Django cannot read the migrations by", "No module named 'nowhere'")
    harbour.replace("new/project/manage.py", "harbour.settings", "harbour.nothing")
    harbour.run().assert_refused(2, "No module named 'harbour.nothing'")
    harbour.replace("rolldeploy.toml", "project/manage.py", "manage.py")
    harbour.run().assert_refused(2, "there is no manage.py in", "set django = under [migrations] to the path of")
