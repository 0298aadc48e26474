"""Boats may have long names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("club", "0002_boat_berth")]
    operations = [migrations.AlterField("boat", "name", models.CharField(max_length=40))]
