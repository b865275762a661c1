"""A Region's rules, one by one, their health, and the images that go through them.

A prefix may contain slashes, so that each address of a rule is matched as a whole.
"""

from django.urls import path

from wizard.views import (
    health,
    overview,
    rule_deletion,
    rule_detail,
    rule_edit,
    rule_validation,
    rules,
)
from wizard.views.converter import bypass, convert, files
from wizard.views.imports import page, plan
from wizard.views.wizard import begin

_RULE = "rules/<prefix:ecr_repository_prefix>"

urlpatterns = [
    path("rules/", rules.rule_list, name="rule-list"),
    path(f"{_RULE}/validate/", rule_validation.rule_validate, name="rule-validate"),
    path(f"{_RULE}/health/", health.rule_health, name="rule-health"),
    path(f"{_RULE}/details/", rule_detail.rule_detail, name="rule-detail"),
    path(f"{_RULE}/edit/", rule_edit.rule_edit, name="rule-edit"),
    path(f"{_RULE}/clone/", begin.rule_clone, name="rule-clone"),
    path(f"{_RULE}/delete/", rule_deletion.rule_delete, name="rule-delete"),
    path("import/", page.rule_import, name="rule-import"),
    path("import/apply/", plan.import_apply, name="import-apply"),
    path("convert/", convert.file_convert, name="file-convert"),
    path("convert/file/", files.converted_file, name="converted-file"),
    path("bypass/", bypass.image_bypass, name="image-bypass"),
    path("health/", health.region_health, name="region-health"),
    path("overview-section/", overview.overview_section, name="overview-section"),
]
