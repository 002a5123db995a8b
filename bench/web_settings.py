"""The portal's settings, with a view beside it that does nothing."""

from billing_portal.settings import *  # noqa: F403

ROOT_URLCONF = "bench.web_urls"
