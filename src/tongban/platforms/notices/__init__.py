"""通知渠道: what the house tells people by e-mail and SMS, beside the messages on the site."""
