"""The actions of people on the data. Each is one transaction with keyword arguments; `by` is the person."""

from batches.actions.agents import list_agents, train_agent
from batches.actions.assign import assign, open_assignments, take_back
from batches.actions.batches import add_batch, cancel_batch, delete_batch, rename_batch, request_addition
from batches.actions.bulk import Page, decide_many, decide_matching, resume, stop
from batches.actions.certify import certify
from batches.actions.certify_recall import certify_recall
from batches.actions.cloud_imports import (
    check_cloud_import,
    list_integrations,
    retry_cloud_import,
    start_cloud_import,
)
from batches.actions.column_mappings import delete_mapping, rename_mapping, save_mapping, use_mapping
from batches.actions.comments import comment
from batches.actions.compare import copy_verdicts, link_videos, match_by_name, request_comparison
from batches.actions.connection_settings import ConnectionSettings, change_connection
from batches.actions.connections import check_key, create_connection, free_name, list_batches
from batches.actions.correct import correct
from batches.actions.decide import decide
from batches.actions.details import fetch_details
from batches.actions.exports import request_export
from batches.actions.flags import flag
from batches.actions.footage import set_footage, try_footage
from batches.actions.imports import (
    cancel_import,
    confirm_import,
    discard_import,
    make_file_connection,
    map_columns,
    upload_results,
)
from batches.actions.invitations import accept_invitation, invite, revoke_invitation, send_invitation
from batches.actions.keys import save_keys
from batches.actions.leases import (
    Leases,
    close_page,
    lease_events,
    leave_other_batches,
    open_page_with,
    record_presence,
)
from batches.actions.ledger import Outcome
from batches.actions.links import make_board_link, make_link, revoke_link, rotate_link
from batches.actions.metadata_edits import SeenKey, edit_many, edit_metadata, push_again, resolve_key
from batches.actions.missed import add_missed
from batches.actions.notifications import read_notifications, save_notification_mail
from batches.actions.odd_tables import (
    odd_columns_of,
    request_odd,
    reset_odd_columns,
    retry_odd,
    save_odd_columns,
)
from batches.actions.opinions import ask_opinions
from batches.actions.organize import (
    OrderChanges,
    archive_batches,
    organize_batches,
    remove_batch,
    restore_batches,
    split_tags,
)
from batches.actions.people import end_sessions, give_to_owner, has_account, save_profile, set_active, what_ends
from batches.actions.review import set_review_status
from batches.actions.roles import set_role, set_team_role
from batches.actions.run_states import retry_run, stop_run
from batches.actions.runs import request_item_thumbnails, request_sync, request_thumbnails
from batches.actions.sample import load_sample, remove_sample
from batches.actions.schedules import follow_vendor_webhook, list_now, set_schedule, set_vendor_webhook_secret
from batches.actions.searches import search_folder
from batches.actions.setup import issue_setup_code, make_first_administrator, nobody_exists
from batches.actions.start import start_batch, start_batch_of_files, uploaded_videos
from batches.actions.summary import choose_summary, publish_summary
from batches.actions.tokens import make_token, revoke_token, scopes_for
from batches.actions.undo import redo, undo
from batches.actions.upload_views import join_views_again
from batches.actions.uploads import (
    add_part,
    begin_upload,
    cancel_upload,
    has_namesake,
    retry_failed_uploads,
    upload_addresses,
    upload_again,
)
from batches.actions.videos import delete_video, find_folder, make_folder, request_video_list
from batches.actions.watch import add_watched_parts, assign_videos, record_watched
from batches.actions.webhooks import (
    change_webhook,
    delete_webhook,
    deliver_again,
    make_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from batches.bulk.steps import Seen

__all__ = [
    "ConnectionSettings",
    "Leases",
    "OrderChanges",
    "Outcome",
    "Page",
    "Seen",
    "SeenKey",
    "accept_invitation",
    "add_batch",
    "add_missed",
    "add_part",
    "add_watched_parts",
    "archive_batches",
    "ask_opinions",
    "assign",
    "assign_videos",
    "begin_upload",
    "cancel_batch",
    "cancel_import",
    "cancel_upload",
    "certify",
    "certify_recall",
    "change_connection",
    "change_webhook",
    "check_cloud_import",
    "check_key",
    "choose_summary",
    "close_page",
    "comment",
    "confirm_import",
    "copy_verdicts",
    "correct",
    "create_connection",
    "decide",
    "decide_many",
    "decide_matching",
    "delete_batch",
    "delete_mapping",
    "delete_video",
    "delete_webhook",
    "deliver_again",
    "discard_import",
    "edit_many",
    "edit_metadata",
    "end_sessions",
    "fetch_details",
    "find_folder",
    "flag",
    "follow_vendor_webhook",
    "free_name",
    "give_to_owner",
    "has_account",
    "has_namesake",
    "invite",
    "issue_setup_code",
    "join_views_again",
    "lease_events",
    "leave_other_batches",
    "link_videos",
    "list_agents",
    "list_batches",
    "list_integrations",
    "list_now",
    "load_sample",
    "make_board_link",
    "make_file_connection",
    "make_first_administrator",
    "make_folder",
    "make_link",
    "make_token",
    "make_webhook",
    "map_columns",
    "match_by_name",
    "nobody_exists",
    "odd_columns_of",
    "open_assignments",
    "open_page_with",
    "organize_batches",
    "pause_webhook",
    "publish_summary",
    "push_again",
    "read_notifications",
    "record_presence",
    "record_watched",
    "redo",
    "remove_batch",
    "remove_sample",
    "rename_batch",
    "rename_mapping",
    "request_addition",
    "request_comparison",
    "request_export",
    "request_item_thumbnails",
    "request_odd",
    "request_sync",
    "request_thumbnails",
    "request_video_list",
    "reset_odd_columns",
    "resolve_key",
    "restore_batches",
    "resume",
    "resume_webhook",
    "retry_cloud_import",
    "retry_failed_uploads",
    "retry_odd",
    "retry_run",
    "revoke_invitation",
    "revoke_link",
    "revoke_token",
    "rotate_link",
    "rotate_secret",
    "save_keys",
    "save_mapping",
    "save_notification_mail",
    "save_odd_columns",
    "save_profile",
    "scopes_for",
    "search_folder",
    "send_invitation",
    "send_test",
    "set_active",
    "set_footage",
    "set_review_status",
    "set_role",
    "set_schedule",
    "set_team_role",
    "set_vendor_webhook_secret",
    "split_tags",
    "start_batch",
    "start_batch_of_files",
    "start_cloud_import",
    "stop",
    "stop_run",
    "take_back",
    "train_agent",
    "try_footage",
    "undo",
    "upload_addresses",
    "upload_again",
    "upload_results",
    "uploaded_videos",
    "use_mapping",
    "what_ends",
]
