"""A draft's answers: the steps that they open, the answers that a change resets, and the rule."""

from dataclasses import asdict, replace

import pytest

from wizard.domain import NewRule, Rule, RuleDraft, Step, Target, new_rule_like

TARGET = Target(account_id="123456789012", region="us-east-2")
SECRET = "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/hub-AbC123"
EMPTY = RuleDraft(draft_id="d", owner_id=1, target=TARGET)
EXISTING = {"credential_source": "existing", "credential_arn": SECRET}
CREATE = {
    "credential_source": "create",
    "secret_name": "ecr-pullthroughcache/hub",
    "username": "me",
}
HUB = {"registry": "docker-hub"}


def hub(prefix: str = "docker-hub") -> RuleDraft:
    draft = EMPTY.with_answers(Step.SOURCE, HUB).with_answers(Step.AUTHENTICATION, EXISTING)
    return draft.with_answers(Step.DESTINATION, {"ecr_repository_prefix": prefix})


def cross(**namespaces: str) -> RuleDraft:
    source = {"registry": "ecr-cross-account", "account_id": "111122223333", "region": "eu-west-1"}
    draft = EMPTY.with_answers(Step.SOURCE, source)
    draft = draft.with_answers(Step.PERMISSIONS, {"custom_role_arn": "arn:role"})
    return draft.with_answers(Step.NAMESPACES, namespaces)


def test_an_empty_draft_opens_its_first_step_only() -> None:
    assert EMPTY.next_open_step is Step.SOURCE
    assert not EMPTY.is_reachable(Step.DESTINATION)
    assert not EMPTY.is_reachable(Step.REVIEW)


def test_answers_make_the_rule() -> None:
    assert hub().next_open_step is Step.REVIEW
    assert hub().new_rule() == NewRule(
        ecr_repository_prefix="docker-hub",
        upstream_registry_url="registry-1.docker.io",
        credential_arn=SECRET,
    )


@pytest.mark.parametrize(
    ("namespaces", "cache", "upstream"),
    [
        (
            {
                "cache_namespace": "specific",
                "ecr_repository_prefix": "p",
                "upstream_namespace": "specific",
                "upstream_repository_prefix": "q",
            },
            "p",
            "q",
        ),
        (
            {
                "cache_namespace": "specific",
                "ecr_repository_prefix": "p",
                "upstream_namespace": "none",
            },
            "p",
            None,
        ),
        ({"cache_namespace": "none", "upstream_namespace": "none"}, "ROOT", None),
    ],
)
def test_namespaces_make_the_two_prefixes(
    namespaces: dict[str, str], cache: str, upstream: str | None
) -> None:
    rule = cross(**namespaces).new_rule()
    assert rule.ecr_repository_prefix == cache
    assert rule.upstream_repository_prefix == upstream
    assert rule.upstream_registry_url == "111122223333.dkr.ecr.eu-west-1.amazonaws.com"


def test_another_registry_drops_the_credential_and_the_old_default_prefix() -> None:
    draft = replace(hub(), sealed_credential="sealed")
    changed = draft.with_answers(Step.SOURCE, {"registry": "github-container-registry"})
    assert changed.next_open_step is Step.AUTHENTICATION
    assert not changed.sealed_credential
    assert Step.DESTINATION not in changed.answers


def test_another_registry_carries_a_prefix_that_was_chosen() -> None:
    changed = hub("mirror").with_answers(Step.SOURCE, {"registry": "quay"})
    assert changed.next_open_step is Step.REVIEW
    assert changed.new_rule() == NewRule(
        ecr_repository_prefix="mirror", upstream_registry_url="quay.io"
    )


def test_another_plan_leaves_no_answer_of_the_old_one_behind() -> None:
    changed = hub("mirror").with_answers(
        Step.SOURCE, {"registry": "ecr-same-account", "region": "eu-west-1"}
    )
    assert set(changed.answers) == {Step.UPSTREAM}
    assert changed.next_open_step is Step.NAMESPACES


def test_the_same_source_again_keeps_everything() -> None:
    draft = replace(hub(), sealed_credential="sealed")
    assert draft.with_answers(Step.SOURCE, HUB) == draft


def test_a_new_secret_without_its_credential_is_an_open_step() -> None:
    draft = hub().with_answers(Step.AUTHENTICATION, CREATE)
    assert draft.next_open_step is Step.AUTHENTICATION
    assert replace(draft, sealed_credential="sealed").next_open_step is Step.REVIEW


def test_a_secret_that_was_made_is_used_from_then_on() -> None:
    draft = replace(hub().with_answers(Step.AUTHENTICATION, CREATE), sealed_credential="sealed")
    made = draft.with_made_secret(SECRET)
    assert not made.makes_secret
    assert not made.sealed_credential
    assert made.new_rule().credential_arn == SECRET
    assert made.next_open_step is Step.REVIEW


def test_a_clone_has_every_answer_of_its_rule_and_makes_the_same() -> None:
    rule = Rule(
        ecr_repository_prefix="dh-lib",
        upstream_registry_url="registry-1.docker.io",
        upstream_repository_prefix="library",
        credential_arn=SECRET,
        registry_id=TARGET.account_id,
    )
    clone = RuleDraft.of_rule(rule, draft_id="d", owner_id=1, target=TARGET).cloning()
    assert clone.next_open_step is Step.REVIEW
    assert clone.new_rule() == new_rule_like(rule)
    assert clone.makes(rule)
    assert not clone.with_answers(Step.DESTINATION, {"ecr_repository_prefix": "other"}).makes(rule)


def test_a_draft_with_a_secret_to_create_makes_no_existing_rule() -> None:
    draft = hub("mirror").with_new_secret("ecr-pullthroughcache/hub")
    rule = Rule(**asdict(draft.new_rule()), registry_id=TARGET.account_id)
    assert not draft.makes(rule)


def test_the_clone_of_a_rule_for_every_repository_has_no_prefix() -> None:
    rule = Rule(
        ecr_repository_prefix="ROOT",
        upstream_registry_url=f"{TARGET.account_id}.dkr.ecr.eu-west-1.amazonaws.com",
        registry_id=TARGET.account_id,
    )
    clone = RuleDraft.of_rule(rule, draft_id="d", owner_id=1, target=TARGET).cloning()
    assert clone.answers[Step.NAMESPACES]["cache_namespace"] == "none"
    assert clone.makes(rule)


def test_another_upstream_does_not_begin_with_the_upstream_prefix_of_the_old_one() -> None:
    rule = Rule(
        ecr_repository_prefix="dh-lib",
        upstream_registry_url="registry-1.docker.io",
        upstream_repository_prefix="library",
        credential_arn=SECRET,
        registry_id=TARGET.account_id,
    )
    clone = RuleDraft.of_rule(rule, draft_id="d", owner_id=1, target=TARGET)
    other = clone.replacing(rule).with_answers(Step.SOURCE, {"registry": "ecr-public"})
    assert dict(other.suggested[Step.DESTINATION]) == {
        "cache_namespace": "specific",
        "ecr_repository_prefix": "dh-lib",
    }
    assert other.suggested[Step.NAMESPACES]["upstream_namespace"] == "none"
    assert not clone.with_answers(Step.SOURCE, {"registry": "ecr-public"}).suggested
    same = clone.with_answers(Step.SOURCE, clone.source)
    assert same.suggested[Step.DESTINATION]["upstream_repository_prefix"] == "library"


def test_the_secret_that_was_made_keeps_its_name_until_another_one_is_chosen() -> None:
    made = "arn:aws:secretsmanager:us-east-2:123456789012:secret:ecr-pullthroughcache/a-AbCdEf"
    draft = RuleDraft(draft_id="x", owner_id=1, target=TARGET)
    draft = draft.with_new_secret("ecr-pullthroughcache/a").with_made_secret(made)
    for each in (draft, draft.with_made_secret(made)):
        assert each.existing_secret_name == "ecr-pullthroughcache/a"
        assert each.uses_made_secret
    other = draft.with_secret(made.replace("/a-", "/b-"))
    assert other.made_secret_arn == made
    assert not other.uses_made_secret
