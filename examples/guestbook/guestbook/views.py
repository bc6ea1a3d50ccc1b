from django.forms import modelform_factory
from django.shortcuts import redirect, render

from .models import Entry

EntryForm = modelform_factory(Entry, fields=['name', 'message', 'attachment'])


def index(request):
    form = EntryForm(request.POST or None, request.FILES or None)
    if request.method == 'POST' and form.is_valid():
        form.save()
        return redirect('index')
    entries = Entry.objects.all()[:50]
    return render(request, 'guestbook/index.html', {'form': form, 'entries': entries})
