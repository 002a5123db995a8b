"""Where QuickBooks delivers its webhooks: checked, noted and answered within milliseconds."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from qbo import webhooks

log = logging.getLogger("qbo.webhooks")

#: QuickBooks states no limit and others have met 2 MB and more, so the body is read past Django's own limit.
LARGEST = 5_000_000


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once everything is noted; anything else makes QuickBooks deliver again."""
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse("Too large.", status=413, content_type="text/plain")
    signature = request.headers.get("intuit-signature", "")
    if not webhooks.is_genuine(body, signature, settings.QBO_WEBHOOK_TOKEN):
        log.warning("refused a webhook with a wrong signature")
        return HttpResponse("Wrong signature.", status=401, content_type="text/plain")
    try:
        noted = webhooks.record(webhooks.parse(body))
    except webhooks.Unreadable as error:
        # Delivered again it would be no more readable, so it is taken and the next look finds what it meant.
        log.warning("could not read a genuine webhook: %s", error)
        noted = 0
    return HttpResponse(f"{noted} noted.", content_type="text/plain")
