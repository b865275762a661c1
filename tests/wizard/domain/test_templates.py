"""Which repository creation template makes the repositories of a rule."""

import pytest

from wizard.domain.templates import (
    CreationTemplate,
    Trap,
    applied_to,
    around,
    differing,
    filter_parts,
    filter_text,
    settings_of,
    template_of,
    traps_of,
)

CACHE = frozenset({"PULL_THROUGH_CACHE"})


def template(prefix: str, *applied_for: str, **members: str) -> CreationTemplate:
    return CreationTemplate(
        prefix=prefix,
        applied_for=frozenset(applied_for) or CACHE,
        **members,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("prefix", "wins", "longer"),
    [
        ("hub", "hub/", ["hub/team"]),
        ("hub/team", "hub/team", []),
        ("hub/team/", "hub/team", []),
        ("hub/teams", "hub/", []),
        ("hubble", "ROOT", []),
        ("ROOT", "ROOT", ["hub/", "hub/team"]),
    ],
)
def test_the_longest_prefix_wins_and_longer_ones_win_below(
    prefix: str, wins: str, longer: list[str]
) -> None:
    known = [template("ROOT"), template("hub/team"), template("hub/"), template("other", "PUSH")]
    applied = applied_to(prefix, known)
    assert applied.template is not None
    assert applied.template.prefix == wins
    assert [each.prefix for each in applied.longer] == longer


def test_without_a_template_for_caches_ecr_has_its_defaults() -> None:
    applied = applied_to("hub", [template("hub", "REPLICATION"), template("quay")])
    assert (applied.template, applied.longer) == (None, ())


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("WILDCARD", "v*", "v*"),
        ("", "v*", "v*"),
        ("PREFIX", "v", "PREFIX:v"),
        ("REG_EX", "^A:b\n$", "REG_EX:^A:b\n$"),
        ("PREFIX", "v*", "PREFIX:v*"),
    ],
)
def test_a_filter_keeps_its_type(kind: str, text: str, kept: str) -> None:
    assert filter_text(kind, text) == kept
    assert filter_parts(kept) == (kind or "WILDCARD", text)
    has = CreationTemplate(
        prefix="a",
        applied_for=CACHE,
        image_tag_mutability="MUTABLE_WITH_EXCLUSION",
        exclusion_filters=(kept,),
    )
    assert template_of(settings_of(has), "a").exclusion_filters == (kept,)


def test_the_form_in_which_aws_returns_a_policy_is_no_difference() -> None:
    sent = template("a", repository_policy='{"Version": "1",\n "Statement": [{"b": 1, "a": 2}]}')
    same = template("a", repository_policy='{"Statement":[{"a":2,"b":1}],"Version":"1"}')
    other = template("a", repository_policy='{"Statement":[{"a":2},{"b":1}],"Version":"1"}')
    assert differing(sent, same) == []
    assert differing(sent, other) == ["repository_policy"]


def test_what_surprises_people_is_told() -> None:
    assert traps_of(template("a", lifecycle_policy="{}")) == []
    assert traps_of(template("a")) == [Trap.NO_LIFECYCLE]
    whole = {"lifecycle_policy": "{}", "custom_role_arn": "arn"}
    for encryption in ("KMS", "KMS_DSSE"):
        keyed = template("a", encryption_type=encryption, lifecycle_policy="{}")
        assert traps_of(keyed) == [Trap.NEEDS_ROLE]
        assert traps_of(template("a", encryption_type=encryption, **whole)) == []
    tagged = CreationTemplate(prefix="a", applied_for=CACHE, tags=(("k", "v"),))
    assert traps_of(tagged) == [Trap.NEEDS_ROLE, Trap.NO_LIFECYCLE]
    for mutability in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"):
        fixed = template("a", image_tag_mutability=mutability, lifecycle_policy="{}")
        assert traps_of(fixed) == [Trap.IMMUTABLE]


@pytest.mark.parametrize(
    ("prefix", "shorter", "longer"),
    [
        ("hub/team", "hub/", ["hub/team/app"]),
        ("hub", "ROOT", ["hub/team/app"]),
        ("ROOT", None, ["hub/", "hub/team/app"]),
        ("hubble", "ROOT", []),
    ],
)
def test_a_template_takes_over_from_a_shorter_prefix_and_leaves_to_longer_ones(
    prefix: str, shorter: str | None, longer: list[str]
) -> None:
    others = [template("hub/"), template("ROOT"), template("hub/team/app"), template("hub/x", "Y")]
    found = around(template(prefix), others)
    assert (found.shorter and found.shorter.prefix) == shorter
    assert [each.prefix for each in found.longer] == longer
