"""What people expect of a first-class console, each with the tests that hold the console to it.

`OPEN` are those that the console does not meet in full, with what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation; `tests` are `file::function`, with the path below `tests/`."""

    text: str
    tests: tuple[str, ...]


def _expected(text: str, *tests: str) -> Expectation:
    return Expectation(text=text, tests=tests)


EXPECTATIONS: Final[Mapping[int, Expectation]] = {
    1: _expected(
        "Back, Forward and Reload keep answers and send nothing again",
        "browser/test_flows.py::test_back_forward_and_reload_keep_answers_and_send_nothing_again",
        "browser/test_flows.py::test_reload_and_back_after_a_refused_form_send_nothing_again",
        "browser/test_questions.py::test_back_and_reload_after_a_refused_step_send_nothing_again",
        "browser/test_progress.py::test_reload_and_back_show_the_work_and_send_nothing_again",
    ),
    2: _expected(
        "Every step, filter, Region and help topic has an address; drafts open for their owner",
        "wizard/views/test_wizard.py::test_every_address_of_a_draft_names_account_and_region",
        "wizard/views/test_wizard.py::test_a_draft_of_another_person_is_told_without_a_name",
        "wizard/views/test_overview.py::test_the_filter_is_in_the_address_and_keeps_the_rest",
        "wizard/views/test_help.py::test_every_topic_has_a_page_with_an_address_of_its_own",
    ),
    3: _expected(
        "Two tabs have two independent drafts",
        "wizard/views/test_wizard.py::test_two_tabs_and_two_regions_never_mix",
        "faults/test_wizard_state.py::test_two_tabs_with_two_credentials_keep_them_apart",
    ),
    4: _expected(
        "A double click creates one rule, and the second one lands on its result",
        "wizard/views/test_wizard.py::test_create_sent_again_makes_nothing_again_and_shows_the_same",
        "wizard/services/test_operations.py::test_ten_at_once_make_one_secret_and_one_rule",
        "browser/test_progress.py::test_a_form_that_is_sent_twice_is_worked_on_once",
    ),
    5: _expected(
        "The end of a session is told before, and in the wizard it loses only the credential",
        "browser/test_people.py::test_a_session_that_ends_in_mid_wizard_loses_the_token_only",
        "faults/test_sessions.py::test_what_was_typed_too_late_waits_in_the_step_but_not_the_secret",
        "browser/test_session.py::test_who_is_warned_stays_signed_in_and_so_does_the_other_tab",
        "browser/test_session.py::test_who_is_not_there_is_told_of_the_end_and_returns_to_the_step",
        "wizard/gate/test_session.py::test_asking_how_long_the_session_lasts_does_not_prolong_it",
    ),
    6: _expected(
        "Credentials of the server that failed are named, with the remedy",
        "faults/test_own_credentials.py"
        "::test_every_failure_of_the_chain_is_named_on_the_page_and_shows_no_credential",
    ),
    7: _expected(
        "Enter continues, Escape closes, / and ? work, and keys can be turned off",
        "browser/test_questions.py::test_enter_in_a_field_is_next",
        "browser/test_questions.py::test_escape_closes_the_deletion_and_returns_to_its_link",
        "browser/test_help_and_keys.py"
        "::test_keys_reach_the_filter_and_the_list_of_keys_but_not_from_a_field",
        "browser/test_help_and_keys.py::test_keys_that_were_turned_off_do_nothing",
    ),
    8: _expected(
        "The focus is visible, in order, and on the heading or the errors of a new page",
        "browser/test_flows.py::test_an_error_is_focused_and_leads_to_its_field",
        "browser/test_shell.py::test_a_menu_closes_when_tab_leaves_it",
        "browser/test_overview.py::test_regions_keep_their_order_whatever_the_order_of_the_answers",
    ),
    9: _expected(
        "ARNs, addresses and commands can be copied",
        "browser/test_rule_detail.py::test_a_command_is_copied",
        "wizard/views/test_rule_detail.py::test_every_field_is_shown_and_can_be_copied",
    ),
    10: _expected(
        "A token can be pasted and is never shown, stored or logged",
        "faults/test_secrets.py"
        "::test_a_token_field_shows_nothing_of_what_was_sent_and_browsers_keep_nothing",
        "faults/test_secrets.py::test_the_log_at_its_loudest_has_no_request_and_no_credential",
    ),
    11: _expected(
        "Fields begin with sensible values",
        "wizard/views/test_starts.py::test_the_suggested_prefix_is_free_in_the_region",
        "wizard/views/test_overview.py"
        "::test_the_regions_shown_last_come_first_where_a_rule_is_added",
        "wizard/views/test_last_choices.py"
        "::test_the_secret_of_the_last_rule_of_the_registry_is_chosen_and_can_be_cleared",
        "wizard/views/test_last_choices.py"
        "::test_the_regions_of_the_last_rule_are_offered_and_nothing_is_chosen_by_itself",
        "wizard/views/test_last_choices.py::test_a_prefix_is_named_like_the_last_one_and_is_free",
    ),
    12: _expected(
        "The image URI and the AWS calls are shown before they are made",
        "browser/test_live_answers.py"
        "::test_the_preview_follows_the_typing_and_nothing_is_kept_before_next",
        "wizard/views/test_wizard.py::test_the_review_gives_the_equal_commands_of_the_cli",
    ),
    13: _expected(
        "An error has words, a remedy, AWS's code and the request ID",
        "wizard/views/test_refusals.py::test_each_refusal_lands_on_the_step_that_can_put_it_right",
        "wizard/views/test_bulk_validation.py"
        "::test_a_refused_region_is_told_with_aws_s_words_and_the_others_are_shown",
    ),
    14: _expected(
        "What is not permitted is shown before the work",
        "wizard/views/test_live_answers.py::test_roles_are_offered_by_whether_ecr_may_assume_them",
        "wizard/views/test_cures.py::test_a_role_without_trust_shows_the_policy_and_the_command",
        "wizard/views/test_starts.py"
        "::test_a_full_region_is_told_before_the_wizard_and_on_its_first_step",
        "wizard/views/test_permissions.py"
        "::test_the_policy_is_filled_in_with_the_account_and_the_region",
        "wizard/views/test_permissions.py"
        "::test_the_wizard_warns_on_its_first_step_and_on_the_review_and_does_not_stop",
        "wizard/views/test_permissions.py::test_deleting_editing_and_replacing_a_value_are_checked",
        "wizard/views/test_permissions.py"
        "::test_a_recent_refusal_warns_although_iam_cannot_be_asked",
        "wizard/views/test_offers.py::test_no_page_offers_what_it_refuses",
        "browser/test_questions.py"
        "::test_the_dialog_and_the_wizard_warn_of_missing_permissions_and_stop_nobody",
        "test_documents.py::test_the_policy_is_that_of_the_table",
    ),
    15: _expected(
        "Long work shows its progress, can be left and cancelled",
        "browser/test_progress.py::test_the_results_are_shown_as_they_come_and_then_their_page",
        "browser/test_progress.py::test_a_tab_that_is_closed_ends_nothing",
        "browser/test_deletions.py"
        "::test_several_rules_are_deleted_with_their_progress_in_place_of_the_dialog",
        "wizard/views/test_bulk_validation.py::test_the_person_who_started_it_cancels_it",
    ),
    16: _expected(
        "A partial failure is told, and only what failed is tried again",
        "wizard/views/test_operations.py"
        "::test_a_partial_failure_is_told_and_retry_failed_repeats_only_that",
        "wizard/views/test_results.py::test_a_partial_failure_is_an_alert_that_names_the_regions",
        "wizard/views/test_rule_deletion.py"
        "::test_a_rule_that_may_not_be_deleted_keeps_no_other_from_going",
    ),
    17: _expected(
        "An empty page teaches and starts",
        "wizard/views/test_starts.py"
        "::test_an_empty_region_says_what_a_rule_is_and_where_to_read_more",
        "wizard/views/test_starts.py::test_an_empty_region_starts_a_rule_by_one_click",
    ),
    18: _expected(
        "What is shown can be downloaded",
        "wizard/views/test_overview.py::test_what_is_shown_can_be_taken_as_csv_and_json",
        "wizard/views/test_downloads.py::test_the_menu_offers_every_format_where_rules_are_shown",
        "wizard/views/test_downloads.py::test_the_review_downloads_the_rule_before_it_exists",
        "wizard/views/test_downloads.py::test_a_token_reads_declarations_as_it_reads_csv",
        "wizard/views/test_operation_files.py"
        "::test_results_are_files_with_account_and_time_in_their_names_and_without_formulas",
        "wizard/test_declarations.py::test_an_import_names_the_prefix_and_the_region",
        "faults/test_secrets.py::test_no_cell_of_an_export_is_a_formula",
    ),
    19: _expected(
        "Rules can be imported",
        "wizard/views/test_imports.py::test_a_pasted_rule_opens_the_wizard_filled_in",
        "wizard/views/test_imports.py::test_the_plan_says_what_each_rule_means",
        "wizard/views/test_imports.py"
        "::test_the_plan_is_applied_in_the_background_with_journal_and_audit",
        "wizard/views/test_imports.py::test_what_was_downloaded_needs_nothing_to_do",
        "wizard/domain/test_imports.py::test_what_cannot_be_read_is_told_with_its_place",
    ),
    20: _expected(
        "Times are in the person's time zone, and in UTC in exports",
        "wizard/views/test_time_zone.py"
        "::test_the_chosen_zone_is_used_and_named_in_winter_and_in_summer",
        "wizard/views/test_time_zone.py::test_exports_stay_in_utc",
    ),
    21: _expected(
        "Sort, columns, page size and theme are kept per person",
        "wizard/views/test_table_preferences.py::test_a_choice_is_kept_for_its_person_alone",
        "wizard/views/test_tables.py::test_a_table_has_columns_of_its_own_to_hide",
        "wizard/views/test_rules.py::test_the_theme_is_kept_and_leads_back",
    ),
    22: _expected(
        "Pictures have words beside them",
        "wizard/views/test_overview.py::test_counts_lead_to_their_rules",
        "wizard/views/test_health.py::test_a_rule_s_page_has_its_results_newest_first",
    ),
    23: _expected(
        "What is dangerous is confirmed, and says what stays and what breaks",
        "wizard/views/test_rule_deletion.py"
        "::test_the_question_names_the_rule_its_region_and_its_account",
        "wizard/views/test_replacement.py::test_a_replacement_is_confirmed_by_typing",
    ),
    24: _expected(
        "The trail says who did what, and can be searched and exported",
        "wizard/views/test_audit_filter.py::test_who_deleted_the_rule_is_found_by_the_group",
        "wizard/views/test_audit_filter.py::test_a_person_is_found_by_any_part_of_the_name",
        "faults/test_deletions.py"
        "::test_the_trail_says_who_deleted_which_rule_where_with_the_request_id_of_aws",
    ),
    25: _expected(
        "Narrow screens, zoom, contrast, screen readers and other languages are served",
        "browser/test_accessibility.py::test_axe_finds_nothing",
        "browser/test_accessibility.py::test_nothing_is_cut_off_at_320_pixels",
        "browser/test_german.py::test_german_pages_fit_a_phone",
        "wizard/views/test_language.py"
        "::test_the_wizard_speaks_german_from_the_first_step_to_the_rule",
    ),
}

OPEN: Final[Mapping[int, str]] = {}
