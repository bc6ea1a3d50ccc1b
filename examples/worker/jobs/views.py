from django.shortcuts import redirect, render

from .models import Job


def index(request):
    if request.method == 'POST':
        Job.objects.create(text=request.POST.get('text', '')[:200])
        return redirect('index')
    jobs = Job.objects.order_by('-id')
    return render(request, 'jobs/index.html', {
        'jobs': jobs[:20],
        'waiting': jobs.filter(processed=None).count(),
        'processed': jobs.exclude(processed=None).count(),
    })
