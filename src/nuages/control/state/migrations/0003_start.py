from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("state", "0002_event_actor"),
    ]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="start",
            field=models.CharField(blank=True, max_length=600),
        ),
        migrations.AddField(
            model_name="release",
            name="start",
            field=models.CharField(blank=True, default="/", max_length=300),
        ),
    ]
