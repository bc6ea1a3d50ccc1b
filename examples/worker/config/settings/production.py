import os

from .base import *

DEBUG = False
SECRET_KEY = os.environ['SECRET_KEY']
ALLOWED_HOSTS = os.environ['ALLOWED_HOSTS'].split(',')

# How long the worker waits, in seconds, when there is nothing to do.
WORKER_PAUSE = float(os.environ.get('WORKER_PAUSE', '0.5'))
