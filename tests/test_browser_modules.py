"""Every JavaScript module of ours is named beside the browser test that would fail without it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "pages/every": "test_grid_and_sync.test_the_download_menu_tells_its_address_and_closes",
    "pages/reload_on_early_back": "test_grid_and_sync.test_going_back_before_the_page_is_ready_shows_what_the_address_says",
    "grid/bulk_run": "test_bulk.test_all_that_match_run_in_the_background_with_progress",
    "card/card": "test_review_journey.test_ten_events_are_decided_with_keys_and_the_approved_ones_downloaded",
    "card/keys": "test_keyboard_only.test_each_key_does_what_the_table_says",
    "clip/signed_urls": "test_review_journey.test_a_dead_clip_is_signed_again_once",
    "pages/column_picker": "test_downloads.test_ticked_batches_become_one_file_with_the_columns_in_the_order_they_were_pressed",
    "saving/conflict": "test_two_people.test_the_card_comes_back_with_both_sides_and_one_key_ends_it",
    "pages/copy_buttons": "test_links.test_the_address_of_a_new_link_is_copied",
    "saving/refresh_counts": "test_hard_moments.test_counts_beside_the_filters_follow_the_verdicts",
    "pages/deck": "test_review_journey.test_the_end_says_what_was_achieved_and_skipped_cards_come_back",
    "shared/dom": "test_looks.test_hostile_text_stays_text",
    "deck/finish": "test_hard_moments.test_the_end_is_not_called_done_while_verdicts_wait",
    "pages/event": "test_event.test_an_event_is_decided_repeated_undone_and_redone_on_its_own_page",
    "card/refresh": "test_talk.test_history_and_note_are_fresh_when_one_comes_back",
    "pages/grid": "test_review_journey.test_the_tiles_of_the_grid_take_the_same_keys",
    "shared/key_help": "test_keys.test_a_key_that_is_taken_is_refused_with_whose_it_is",
    "shared/keys": "test_keys.test_letters_of_another_script_work_by_their_place",
    "card/mention_list": "test_talk.test_c_writes_names_are_completed_and_esc_comes_back",
    "saving/outbox": "test_outbox.test_a_server_that_is_away_gets_the_verdicts_when_it_is_back",
    "deck/time_left": "test_pace.test_the_guess_is_the_middle_pace_times_what_is_left",
    "deck/piles": "test_piles.test_one_is_taken_out_and_comes_next_by_itself",
    "clip/player": "test_review_journey.test_the_clip_moves_within_its_span",
    "shared/presence": "test_two_people.test_an_event_opened_by_its_address_is_shown_with_who_is_on_it",
    "deck/queue": "test_grid_and_sync.test_the_queue_survives_a_reload_and_is_new_when_opened_anew",
    "card/reasons": "test_reasons.test_after_a_second_and_a_half_a_digit_means_nothing",
    "saving/save_status": "test_keyboard_only.test_saving_waiting_refusal_and_bulk_are_said_aloud",
    "card/opinions": "test_two_people.test_opinions_are_blind_and_a_disagreement_is_settled_by_an_editor",
    "grid/selection": "test_bulk.test_pointer_and_escape",
    "deck/leases": "test_two_people.test_no_event_is_served_twice_while_it_is_leased",
    "grid/piles": "test_piles.test_in_the_grid_a_pile_is_fanned_out_and_each_decided_alone",
    "deck/swipes": "test_swipes.test_each_way_means_one_thing",
    "card/comments": "test_talk.test_a_comment_survives_a_reload_and_a_lost_answer_makes_one",
    "pages/theme": "test_looks.test_the_colours_are_kept_and_do_not_flash",
    "saving/undo_stack": "test_redo.test_undo_and_redo_go_back_and_forth",
}


def test_every_module_has_its_browser_test() -> None:
    assert {
        path.relative_to(ROOT / "static/js").with_suffix("").as_posix() for path in (ROOT / "static/js").rglob("*.js")
    } == TESTS.keys()
    assert len(set(TESTS.values())) == len(TESTS)


@pytest.mark.parametrize("named", TESTS.values())
def test_the_named_browser_test_is_there(named: str) -> None:
    file, name = named.split(".")
    tree = ast.parse((ROOT / f"tests/e2e/{file}.py").read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
