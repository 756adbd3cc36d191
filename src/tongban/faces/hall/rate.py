"""How often one address may ask for something that could be guessed at. Counts in the shared cache, keeps no address."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def address(request: HttpRequest) -> str:
    """The address a request came from; the proxies of ours (TONGBAN_PROXIES) are believed, nobody else's headers."""
    proxies = settings.TONGBAN_PROXIES
    if proxies:
        chain = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if len(chain) >= proxies:
            return chain[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def within(request: HttpRequest, what: str, most: int, seconds: int = 600) -> bool:
    """Count one attempt; False once this address has made more than `most` of them in the last `seconds`."""
    digest = salted_hmac("tongban.hall.rate", f"{what}:{address(request)}").hexdigest()[:32]
    key = f"hall-rate:{digest}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return int(cache.incr(key)) <= most
    except ValueError:  # it ran out between the two questions
        cache.set(key, 1, seconds)
        return True
