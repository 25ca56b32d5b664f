"""Every address of the product."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from reviewer.api.urls import courtesy
from reviewer.views import (
    additions,
    batch_metadata,
    batches,
    bulk,
    compare,
    connections,
    consistent_verdicts,
    decisions,
    deck,
    downloads,
    errors,
    events,
    exports,
    health,
    imports,
    insights,
    keys,
    links,
    mentions,
    opinions,
    presence,
    saved_views,
    shared,
    syncs,
    team,
    tokens,
    webhooks,
)
from reviewer.views.login import SignIn

# Pages of others (the admin) name no icon, so browsers ask here. Lazy: the file's name is known once it is collected.
ICON = RedirectView.as_view(url=lazy(static, str)("icon.svg"))

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="batch-list"), name="home"),
    path("favicon.ico", login_not_required(ICON), name="favicon"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("batches/", batches.batch_list, name="batch-list"),
    path("batches/<int:pk>/", batches.batch_grid, name="batch-grid"),
    path("batches/<int:pk>/table/", batches.batch_table, name="batch-table"),
    path("batches/<int:pk>/count/", bulk.batch_count, name="batch-count"),
    path("batches/<int:pk>/bulk/", decisions.batch_bulk, name="batch-bulk"),
    path("batches/<int:pk>/compare/", compare.batch_compare, name="batch-compare"),
    path("batches/<int:pk>/carry/", decisions.batch_carry, name="batch-carry"),
    path("batches/<int:pk>/compare/names/", compare.batch_match_by_name, name="batch-match-by-name"),
    path("batches/<int:pk>/link/", compare.batch_link, name="batch-link"),
    path("batches/<int:pk>/review/", deck.batch_review, name="batch-review"),
    path("batches/<int:pk>/queue/", deck.batch_queue, name="batch-queue"),
    path("batches/<int:pk>/insights/", insights.batch_insights, name="batch-insights"),
    path("batches/<int:pk>/certify/", insights.batch_certify, name="batch-certify"),
    path("batches/<int:pk>/habit/", consistent_verdicts.batch_consistent_verdict, name="batch-consistent-verdict"),
    path("batches/<int:pk>/presence/", presence.batch_presence, name="batch-presence"),
    path("batches/<int:pk>/opinions/", opinions.batch_opinions, name="batch-opinions"),
    path("batches/<int:pk>/undo/", decisions.batch_undo, name="batch-undo"),
    path("batches/<int:pk>/redo/", decisions.batch_redo, name="batch-redo"),
    path("batches/<int:pk>/team/", team.batch_team, name="batch-team"),
    path("batches/<int:pk>/assign/", team.batch_assign, name="batch-assign"),
    path("batches/<int:pk>/status/", team.batch_status, name="batch-status"),
    path("batches/<int:pk>/sync/", syncs.batch_sync, name="batch-sync"),
    path("batches/<int:pk>/name/", syncs.batch_rename, name="batch-rename"),
    path("batches/<int:pk>/thumbnails/", syncs.batch_thumbnails, name="batch-thumbnails"),
    path("batches/<int:batch_id>/events.csv", downloads.event_download, name="event-download"),
    path("batches/<int:batch_id>/<file:file>", downloads.event_download, name="batch-download"),
    path("batches/<file:file>", downloads.batches_download, name="batches-download"),
    path("batches/<int:pk>/links/", links.batch_links, name="batch-links"),
    path("links/", links.link_list, name="link-list"),
    path("links/<int:pk>/revoke/", links.link_revoke, name="link-revoke"),
    path("links/<int:pk>/rotate/", links.link_rotate, name="link-rotate"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("d/<str:token>/", shared.link_download, name="link-download"),
    path("d/<str:token>/clips/", shared.link_clips, name="link-clips"),
    path("d/<str:token>/clips/<int:pk>/thumbnail/", shared.link_thumbnail, name="link-thumbnail"),
    path("d/<str:token>/clips/<int:pk>/clip/", shared.link_clip, name="link-clip"),
    path("batches/metadata/", batch_metadata.metadata_many, name="metadata-many"),
    path("batches/<int:pk>/metadata/", batch_metadata.batch_metadata, name="batch-metadata"),
    path("batches/<int:pk>/metadata.json", batch_metadata.batch_metadata_json, name="batch-metadata-json"),
    path("batches/<int:pk>/metadata/resolve/", batch_metadata.batch_metadata_resolve, name="batch-metadata-resolve"),
    path("batches/<int:pk>/metadata/push/", batch_metadata.batch_metadata_push, name="batch-metadata-push"),
    path("batches/<int:pk>/metadata/summary/", batch_metadata.batch_summary, name="batch-summary"),
    path("batches/<int:pk>/views/", saved_views.view_save, name="view-save"),
    path("bulk/<int:pk>/", bulk.bulk_run, name="bulk-run"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view-delete"),
    path("events/<int:pk>/", events.event_detail, name="event-detail"),
    path("events/<int:pk>/decide/", decisions.event_decide, name="event-decide"),
    path("events/<int:pk>/flag/", decisions.event_flag, name="event-flag"),
    path("events/<int:pk>/ask/", events.event_ask, name="event-ask"),
    path("events/<int:pk>/comment/", decisions.event_comment, name="event-comment"),
    path("mentions/", mentions.mention_list, name="mention-list"),
    path("events/<int:pk>/thumbnail/", events.event_thumbnail, name="event-thumbnail"),
    path("events/<int:pk>/clip/", events.event_clip, name="event-clip"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/<int:pk>/", imports.import_detail, name="import-detail"),
    path("additions/<int:pk>/", additions.addition_detail, name="addition-detail"),
    path("connections/", connections.connection_list, name="connection-list"),
    path("connections/<int:pk>/", connections.connection_detail, name="connection-detail"),
    path("connections/<int:pk>/webhooks/", webhooks.webhook_list, name="webhook-list"),
    path("webhooks/<int:pk>/", webhooks.webhook_detail, name="webhook-detail"),
    path("deliveries/<int:pk>/", webhooks.delivery_body, name="delivery-body"),
    path("deliveries/<int:pk>/again/", webhooks.delivery_again, name="delivery-again"),
    path("hints/<slug:vendor>/<slug:hook_key>/", connections.vendor_webhook, name="vendor-webhook"),
    path("keys/", keys.keys_save, name="keys-save"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("api/", include("reviewer.api.urls")),
    path("", include(courtesy)),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
