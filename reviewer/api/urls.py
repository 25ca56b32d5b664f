"""The addresses below /api/, and those of other vendors' clients."""

from django.conf import settings
from django.urls import path, re_path

from batches.sync.batch_files import MAX_REQUEST_BYTES
from batches.sync.video_files import PART_BYTES
from reviewer import access
from reviewer.api import (
    account_videos,
    additions,
    batch_metadata,
    board,
    cloud_imports,
    docs,
    exports,
    imports,
    links,
    odd_tables,
    reads,
    sdk,
    sdk_clouds,
    sdk_imports,
    sdk_odd,
    sdk_prompts,
    sdk_search,
    sdk_single,
    sdk_starts,
    sdk_uploads,
    starts,
    syncs,
    twelvelabs,
    unserved,
    uploads,
    verbs,
    wickson,
)
from reviewer.forms.imports import LARGER_FILES
from reviewer.web.bodies import takes_file

urlpatterns = [
    path("v1/schema/", docs.Schema.as_view(), name="api-schema"),
    path("v1/docs/", docs.api_docs, name="api-docs"),
    path("v1/board/", board.BoardFigures.as_view(), name="api-board"),
    path("v1/board/links/", links.BoardLinks.as_view(), name="api-board-links"),
    path("v1/batches/", reads.Batches.as_view(), name="api-batches"),
    path("v1/batches/<int:pk>/", reads.OneBatch.as_view(), name="api-batch"),
    path("v1/batches/<int:pk>/items/", reads.Items.as_view(), name="api-batch-items"),
    path("v1/batches/<int:pk>/events/", reads.Events.as_view(), name="api-batch-events"),
    path("v1/batches/<int:pk>/decisions/", verbs.BatchDecisions.as_view(), name="api-batch-decisions"),
    path("v1/batches/<int:pk>/undo/", verbs.Undo.as_view(), name="api-batch-undo"),
    path("v1/batches/<int:pk>/redo/", verbs.Redo.as_view(), name="api-batch-redo"),
    path("v1/batches/<int:pk>/syncs/", syncs.Syncs.as_view(), name="api-batch-syncs"),
    path("v1/batches/<int:pk>/metadata/", batch_metadata.Metadata.as_view(), name="api-batch-metadata"),
    path("v1/batches/<int:pk>/links/", links.BatchLinks.as_view(), name="api-batch-links"),
    path("v1/batches/<int:pk>/<file:file>", exports.Download.as_view(), name="api-batch-download"),
    path("v1/items/<int:pk>/", reads.OneItem.as_view(), name="api-item"),
    path("v1/items/<int:pk>/events/", verbs.ItemEvents.as_view(), name="api-item-events"),
    path("v1/events/<int:pk>/", reads.OneEvent.as_view(), name="api-event"),
    path("v1/events/<int:pk>/clip/", reads.EventClip.as_view(), name="api-event-clip"),
    path("v1/events/<int:pk>/decisions/", verbs.EventDecisions.as_view(), name="api-event-decisions"),
    path("v1/events/<int:pk>/corrections/", verbs.EventCorrections.as_view(), name="api-event-corrections"),
    path("v1/syncs/<int:pk>/", syncs.OneSync.as_view(), name="api-sync"),
    path("v1/additions/", additions.Additions.as_view(), name="api-additions"),
    path("v1/additions/<int:pk>/", additions.OneAddition.as_view(), name="api-addition"),
    path(
        "v1/imports/",
        takes_file(lambda: settings.IMPORT_MAX_BYTES, access.may_edit_any, LARGER_FILES)(imports.Imports.as_view()),
        name="api-imports",
    ),
    path("v1/imports/<int:pk>/", imports.OneImport.as_view(), name="api-import"),
    path(
        "v1/connections/<int:pk>/file-batches/",
        takes_file(lambda: MAX_REQUEST_BYTES, access.may_edit_any)(starts.ConnectionFileBatches.as_view()),
        name="api-connection-file-batches",
    ),
    path("v1/connections/<int:pk>/batches/", starts.ConnectionBatches.as_view(), name="api-connection-batches"),
    path("v1/connections/<int:pk>/videos/", account_videos.Videos.as_view(), name="api-connection-videos"),
    path(
        "v1/connections/<int:pk>/cloud-imports/",
        cloud_imports.ConnectionCloudImports.as_view(),
        name="api-connection-cloud-imports",
    ),
    path("v1/cloud-imports/<int:pk>/", cloud_imports.OneCloudImport.as_view(), name="api-cloud-import"),
    path(
        "v1/cloud-imports/<int:pk>/videos/", cloud_imports.CloudImportVideos.as_view(), name="api-cloud-import-videos"
    ),
    path("v1/cloud-imports/<int:pk>/retry/", cloud_imports.RetryCloudImport.as_view(), name="api-cloud-import-retry"),
    path("v1/connections/<int:pk>/odd/", odd_tables.ConnectionOdd.as_view(), name="api-connection-odd"),
    path("v1/odd/<int:pk>/", odd_tables.OneOdd.as_view(), name="api-odd"),
    path("v1/odd/<int:pk>/odd.csv", odd_tables.OddCSV.as_view(), name="api-odd-csv"),
    path("v1/odd/<int:pk>/odd.zip", odd_tables.OddZip.as_view(), name="api-odd-zip"),
    path("v1/connections/<int:pk>/uploads/", uploads.ConnectionUploads.as_view(), name="api-connection-uploads"),
    path(
        "v1/connections/<int:pk>/upload-files/",
        uploads.ConnectionUploadFiles.as_view(),
        name="api-connection-upload-files",
    ),
    path("v1/uploads/<int:pk>/", uploads.OneUpload.as_view(), name="api-upload"),
    path(
        "v1/uploads/<int:pk>/parts/",
        takes_file(lambda: PART_BYTES, access.may_edit_any)(uploads.UploadParts.as_view()),
        name="api-upload-parts",
    ),
    path("v1/uploads/<int:pk>/cancel/", uploads.CancelUpload.as_view(), name="api-upload-cancel"),
    path("v1/starts/<int:pk>/", starts.OneStart.as_view(), name="api-start"),
    path("v1/exports/", exports.Exports.as_view(), name="api-exports"),
    path("v1/exports/<int:pk>/", exports.OneExport.as_view(), name="api-export"),
    path("v1/exports/<int:pk>/file/", exports.ExportFile.as_view(), name="api-export-file"),
    path("v1/links/", links.Links.as_view(), name="api-links"),
    path("v1/links/<int:pk>/", links.OneLink.as_view(), name="api-link"),
    path("v1/links/<int:pk>/revoke/", links.Revoke.as_view(), name="api-link-revoke"),
    path("v1/links/<int:pk>/rotate/", links.Rotate.as_view(), name="api-link-rotate"),
    # ── the vendor's own ──
    path("keys/verify", sdk.Verify.as_view(), name="sdk-verify"),
    path("batch/<str:batch_id>/status", sdk.Status.as_view(), name="sdk-status"),
    path("batch/<str:batch_id>/analyses/bulk", sdk.Bulk.as_view(), name="sdk-bulk"),
    path("batch/<str:batch_id>/metadata", sdk.Metadata.as_view(), name="sdk-metadata"),
    path(
        "videos/<str:video_id>/analyses/<str:analysis_id>/generate-thumbnails",
        sdk.Thumbnails.as_view(),
        name="sdk-thumbnails",
    ),
    path("video/<str:video_id>/signed-url", sdk.SignedUrl.as_view(), name="sdk-signed-url"),
    path("search-sessions/start", sdk_search.StartSearch.as_view(), name="sdk-search-start"),
    path("search", sdk_search.RunSearch.as_view(), name="sdk-search"),
    path("search-sessions/<str:owner>/<str:session_id>", sdk_search.SearchState.as_view(), name="sdk-search-session"),
    path("ask", sdk_single.Ask.as_view(), name="sdk-ask"),
    path("analyze-video-edge/<str:video_id>", sdk_single.AnalyzeVideoEdge.as_view(), name="sdk-analyze-edge"),
    path("videos/<str:video_id>/analyses/<str:analysis_id>", sdk_single.OneAnalysis.as_view(), name="sdk-analysis"),
    path(
        "videos/<str:video_id>/analyses/<str:analysis_id>/status",
        sdk_single.AnalysisStatus.as_view(),
        name="sdk-analysis-status",
    ),
    path("router/query", sdk_prompts.FastPrompt.as_view(), name="sdk-prompt-fast"),
    path("router/v2/query/start", sdk_prompts.StartPrompt.as_view(), name="sdk-prompt-start"),
    path("router/v2/query/events/<str:stream_id>", sdk_prompts.PromptEvents.as_view(), name="sdk-prompt-events"),
    path("router/v2/query/stream", sdk_prompts.StreamPrompt.as_view(), name="sdk-prompt-stream"),
    path("ask-question", sdk_odd.AskQuestion.as_view(), name="sdk-odd"),
    path("import-jobs/<str:job_id>", sdk_imports.ImportJob.as_view(), name="sdk-import"),
    path("import-jobs/<str:job_id>/videos", sdk_imports.ImportVideos.as_view(), name="sdk-import-videos"),
    path("import-jobs/<str:job_id>/retry", sdk_imports.RetryImport.as_view(), name="sdk-import-retry"),
    path("gcs/upload", sdk_clouds.GcsUpload.as_view(), name="sdk-gcs"),
    path("s3/upload", sdk_clouds.S3Upload.as_view(), name="sdk-s3"),
    path("multi-view/stitch", sdk_uploads.Stitch.as_view(), name="sdk-stitch"),
    path("create-batch", sdk_starts.CreateBatch.as_view(), name="sdk-create-batch"),
    path(
        "upload-video",
        takes_file(lambda: settings.UPLOAD_MAX_BYTES, access.may_edit_any)(sdk_uploads.UploadVideo.as_view()),
        name="sdk-upload",
    ),
    path("video/<str:video_id>/status", sdk_uploads.VideoState.as_view(), name="sdk-video-status"),
    path("folders/create-or-get", sdk_uploads.CreateOrGetFolder.as_view(), name="sdk-folder-make"),
    path("folders", sdk_uploads.CreateFolder.as_view(), name="sdk-folder-create"),
    path("folders/get", sdk.GetFolder.as_view(), name="sdk-folder"),
    path("my-videos", sdk.MyVideos.as_view(), name="sdk-my-videos"),
]

# The addresses of TwelveLabs' and Wickson's clients, from the root of the site.
vendor_urlpatterns = [
    path("v1.3/analyze/batches", twelvelabs.Batches.as_view(), name="twelvelabs-batches"),
    path("v1.3/analyze/batches/<str:batch_id>", twelvelabs.OneBatch.as_view(), name="twelvelabs-batch"),
    path("v1.3/analyze/batches/<str:batch_id>/results", twelvelabs.Results.as_view(), name="twelvelabs-results"),
    path("v1/batches/<str:batch_id>/results", wickson.Results.as_view(), name="wickson-results"),
]

# Every other address of the vendors' clients, also one with a line break.
unserved_urlpatterns = [
    re_path(r"^v1\.3(?:/[\s\S]*)?$", unserved.TwelveLabsUnserved.as_view(), name="twelvelabs-unserved"),
    re_path(r"^v1(?:/[\s\S]*)?$", unserved.WicksonUnserved.as_view(), name="wickson-unserved"),
    re_path(r"^api(?!/v1(?:/|$))(?:/[\s\S]*)?$", unserved.Unserved.as_view(), name="sdk-unserved"),
]
