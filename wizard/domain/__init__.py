"""The domain: values and rules of pull through cache, without Django, AWS or a database.

This package offers the values that all layers share: rules, targets, secrets and ARNs, roles and
grants, drafts. Errors are in `errors`, special topics in the other modules.
"""

from wizard.domain.actions import AwsAction
from wizard.domain.credentials import (
    Credential,
    IamRole,
    Secret,
    SecretProblem,
    namesake,
    similar_role,
)
from wizard.domain.drafts import (
    EXISTING_SECRET,
    NEW_SECRET,
    NO_NAMESPACE,
    SPECIFIC_NAMESPACE,
    Answers,
    RuleDraft,
    Spread,
)
from wizard.domain.grants import (
    DEFAULT_TOKEN_DAYS,
    EVERYWHERE,
    MOST_TOKEN_DAYS,
    Grants,
    Place,
    Role,
    Scope,
    combined_grants,
    parse_group_grants,
)
from wizard.domain.identifiers import (
    SECRET_NAME_PREFIX,
    RoleArn,
    SecretArn,
    ends_like_arn,
    full_secret_name,
    grouped_account_id,
    is_access_key_id,
    is_account_id,
    is_arn_of,
    replica_arn,
)
from wizard.domain.plans import Step, plan_for
from wizard.domain.regions import (
    DEFAULT_REGION,
    Region,
    Target,
    by_geography,
    is_enabled_by_default,
    supported_regions,
)
from wizard.domain.rules import (
    RULES_PER_REGION,
    NewRule,
    Rule,
    RuleChange,
    RuleChangedMeanwhile,
    check_new_rule,
    check_rule_change,
    new_rule_like,
)

__all__ = [
    "DEFAULT_REGION",
    "DEFAULT_TOKEN_DAYS",
    "EVERYWHERE",
    "EXISTING_SECRET",
    "MOST_TOKEN_DAYS",
    "NEW_SECRET",
    "NO_NAMESPACE",
    "RULES_PER_REGION",
    "SECRET_NAME_PREFIX",
    "SPECIFIC_NAMESPACE",
    "Answers",
    "AwsAction",
    "Credential",
    "Grants",
    "IamRole",
    "NewRule",
    "Place",
    "Region",
    "Role",
    "RoleArn",
    "Rule",
    "RuleChange",
    "RuleChangedMeanwhile",
    "RuleDraft",
    "Scope",
    "Secret",
    "SecretArn",
    "SecretProblem",
    "Spread",
    "Step",
    "Target",
    "by_geography",
    "check_new_rule",
    "check_rule_change",
    "combined_grants",
    "ends_like_arn",
    "full_secret_name",
    "grouped_account_id",
    "is_access_key_id",
    "is_account_id",
    "is_arn_of",
    "is_enabled_by_default",
    "namesake",
    "new_rule_like",
    "parse_group_grants",
    "plan_for",
    "replica_arn",
    "similar_role",
    "supported_regions",
]
