"""What happens in the club is kept in a log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("club", "0003_boat_long_name")]
    operations = [
        migrations.CreateModel(
            name="LogEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(auto_now_add=True)),
                ("text", models.CharField(max_length=120)),
            ],
        ),
    ]
