"""What the console remembers of rules: first and last seen, gone, made anew."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.wizard.conftest import TARGET
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.models import LastKnownRule
from wizard.services.last_known import forget_rule, last_known, remember_rules

BORN = datetime(2026, 1, 1, tzinfo=UTC)
ELSEWHERE = Target(account_id=TARGET.account_id, region="eu-west-1")


def rule(prefix: str) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url="quay.io",
        registry_id=TARGET.account_id,
        created_at=BORN,
    )


def test_rules_are_remembered_as_they_were(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    snapshot = last_known(account_id=TARGET.account_id)[TARGET.region]
    assert snapshot.rules == [rule("a"), rule("b")]
    assert snapshot.read_at is not None


def test_a_region_without_rules_is_known_to_have_none(db: None) -> None:
    remember_rules(target=TARGET, rules=[])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == []
    assert ELSEWHERE.region not in last_known(account_id=TARGET.account_id)


def test_first_seen_stays_and_last_seen_moves(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    before = LastKnownRule.objects.get()
    remember_rules(target=TARGET, rules=[replace(rule("a"), credential_arn="arn:new")])
    after = LastKnownRule.objects.get()
    assert after.first_seen == before.first_seen
    assert after.last_seen > before.last_seen
    assert after.credential_arn == "arn:new"


def test_a_rule_that_is_not_listed_any_more_is_gone_and_may_come_back(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    remember_rules(target=TARGET, rules=[rule("b")])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == [rule("b")]
    assert LastKnownRule.objects.get(ecr_repository_prefix="a").gone_since is not None
    remember_rules(target=TARGET, rules=[rule("a"), rule("b")])
    assert LastKnownRule.objects.get(ecr_repository_prefix="a").gone_since is None


def test_a_rule_made_anew_is_first_seen_anew(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    before = LastKnownRule.objects.get()
    remember_rules(target=TARGET, rules=[replace(rule("a"), created_at=BORN.replace(year=2027))])
    assert LastKnownRule.objects.get().first_seen > before.first_seen


def test_regions_are_remembered_apart(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    remember_rules(target=ELSEWHERE, rules=[])
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == [rule("a")]


def test_a_deleted_rule_is_forgotten_at_once(db: None) -> None:
    remember_rules(target=TARGET, rules=[rule("a")])
    forget_rule(target=TARGET, rule=rule("a"))
    assert last_known(account_id=TARGET.account_id)[TARGET.region].rules == []
