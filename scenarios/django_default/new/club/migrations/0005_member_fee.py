"""A member pays a fee; the full one, where nobody says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("club", "0004_log_entry")]
    operations = [migrations.AddField("member", "fee", models.CharField(max_length=10, default="full"))]
