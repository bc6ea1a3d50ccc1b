from django.db import models


class Job(models.Model):
    text = models.CharField(max_length=200)
    result = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    processed = models.DateTimeField(null=True, db_index=True)

    def __str__(self):
        return self.text
