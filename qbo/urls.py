"""A company's pages about its link to QuickBooks; below /c/<company id>/."""

from django.urls import path

from qbo.connect.views import disconnect
from qbo.views import badge, calls, conflict, connection, importing, sync

urlpatterns = [
    path("badge/<str:entity>/<int:pk>/", badge.badge, name="sync_badge"),
    path("sync/", sync.centre, name="sync"),
    path("sync/fetch/", sync.fetch_again, name="fetch_again"),
    path("sync/retry/", sync.retry_all, name="sync_retry_all"),
    path("sync/retry/<int:entry_id>/", sync.retry, name="sync_retry"),
    path("sync/repair/", sync.repair, name="sync_repair"),
    path("sync/put-away/<int:entry_id>/", sync.put_away, name="sync_put_away"),
    path("conflict/<str:entity>/<int:pk>/", conflict.detail, name="conflict"),
    path("conflict/<str:entity>/<int:pk>/resolve/", conflict.resolve, name="conflict_resolve"),
    path("calls/", calls.detail, name="calls"),
    path("connection/", connection.detail, name="connection"),
    path("connection/disconnect/", disconnect, name="disconnect"),
    path("import/", importing.progress, name="import_progress"),
    path("import/start/", importing.start, name="import_start"),
]
