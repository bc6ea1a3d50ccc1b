import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from jobs.models import Job


class Command(BaseCommand):
    help = 'Works through the table of jobs, oldest first, until it is told to stop.'

    def add_arguments(self, parser):
        parser.add_argument('--once', action='store_true', help='stop when nothing is left')

    def handle(self, once=False, **options):
        stop = threading.Event()
        if not once:
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
        pause = getattr(settings, 'WORKER_PAUSE', 0.5)
        while not stop.is_set():
            if not self.process_next() and (once or stop.wait(pause)):
                return

    def process_next(self):
        """Process one job, if one waits. The UPDATE claims it, so two workers never both do."""
        job = Job.objects.filter(processed=None).order_by('id').first()
        if job is None:
            return False
        claimed = Job.objects.filter(pk=job.pk, processed=None).update(
            processed=timezone.now(), result=job.text[::-1]
        )
        if claimed:
            self.stdout.write(f'job {job.pk} processed')
        return True
