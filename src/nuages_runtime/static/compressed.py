"""Files that django-compressor makes of the `{% compress %}` blocks of templates.

It makes them when a page is first asked for, beside the collected static files, where an app
cannot write and the proxy would not find them; so they are made ahead, as its `compress` command
does. A block whose content differs from request to request cannot be made so.
"""

import io

from nuages_runtime.overlay.document import warned

_APP = "compressor"


def compress(folder):
    """Make the files of all blocks below `folder`, where the static files were collected; nothing
    where the project has no django-compressor, or has switched it off."""
    from django.apps import apps
    from django.conf import settings

    if not apps.is_installed(_APP) or not getattr(settings, "COMPRESS_ENABLED", False):
        return
    # Read when its storage is first used, which was not yet.
    settings.COMPRESS_ROOT = folder
    from django.core.management import call_command

    try:
        call_command("compress", force=True, verbosity=0, stdout=io.StringIO())
    except Exception as error:
        # A CommandError says what is wrong with which template.
        why = " ".join(str(error).split()) or type(error).__name__
        warned("django-compressor could not prepare the templates' files: {}".format(why[:300]))
