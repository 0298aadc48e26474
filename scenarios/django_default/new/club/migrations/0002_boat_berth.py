"""A boat has a berth; the yard, where nobody says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("club", "0001_initial")]
    operations = [migrations.AddField("boat", "berth", models.CharField(max_length=10, db_default="yard"))]
