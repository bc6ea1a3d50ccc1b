"""The mail backend of an app that has no mail server: it says in the log that there was mail."""

import sys

from django.core.mail.backends.base import BaseEmailBackend


class UnsentBackend(BaseEmailBackend):
    """Takes mail as if it was sent. What is in it, and who it is for, is nobody else's business:
    links to set a password are sent by mail."""

    def send_messages(self, email_messages):
        """Say that these were not sent; how many they are."""
        count = len(list(email_messages))
        sys.stderr.write(
            "nuages: {} mail(s) not sent: there is no mail server; set EMAIL_HOST\n".format(count)
        )
        return count
