"""What happens to accounts, for rooms above that tell people of it."""

from django.dispatch import Signal

#: Sent in the transaction of the deed, with `account` and `deed`: the action under which the change log has it.
account_deed = Signal()
