"""Every address of the product."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from reviewer.views import (
    batches,
    bulk,
    compare,
    decisions,
    deck,
    downloads,
    errors,
    events,
    health,
    keys,
    syncs,
    tokens,
    views,
)
from reviewer.views.login import SignIn

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="batch-list"), name="home"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("batches/", batches.batch_list, name="batch-list"),
    path("batches/<int:pk>/", batches.batch_grid, name="batch-grid"),
    path("batches/<int:pk>/table/", batches.batch_table, name="batch-table"),
    path("batches/<int:pk>/count/", bulk.batch_count, name="batch-count"),
    path("batches/<int:pk>/bulk/", decisions.batch_bulk, name="batch-bulk"),
    path("batches/<int:pk>/compare/", compare.batch_compare, name="batch-compare"),
    path("batches/<int:pk>/carry/", decisions.batch_carry, name="batch-carry"),
    path("batches/<int:pk>/link/", compare.batch_link, name="batch-link"),
    path("batches/<int:pk>/review/", deck.batch_review, name="batch-review"),
    path("batches/<int:pk>/queue/", deck.batch_queue, name="batch-queue"),
    path("batches/<int:pk>/undo/", decisions.batch_undo, name="batch-undo"),
    path("batches/<int:pk>/redo/", decisions.batch_redo, name="batch-redo"),
    path("batches/<int:pk>/sync/", syncs.batch_sync, name="batch-sync"),
    path("batches/<int:pk>/name/", syncs.batch_rename, name="batch-rename"),
    path("batches/<int:pk>/thumbnails/", syncs.batch_thumbnails, name="batch-thumbnails"),
    path("batches/<int:batch_id>/events.csv", downloads.event_download, name="event-download"),
    path("batches/<int:pk>/views/", views.view_save, name="view-save"),
    path("bulk/<int:pk>/", bulk.bulk_run, name="bulk-run"),
    path("views/<int:pk>/delete/", views.view_delete, name="view-delete"),
    path("events/<int:pk>/", events.event_detail, name="event-detail"),
    path("events/<int:pk>/decide/", decisions.event_decide, name="event-decide"),
    path("events/<int:pk>/flag/", decisions.event_flag, name="event-flag"),
    path("events/<int:pk>/ask/", events.event_ask, name="event-ask"),
    path("events/<int:pk>/thumbnail/", events.event_thumbnail, name="event-thumbnail"),
    path("events/<int:pk>/clip/", events.event_clip, name="event-clip"),
    path("keys/", keys.keys_save, name="keys-save"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("api/", include("reviewer.api.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
