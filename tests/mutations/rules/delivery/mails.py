"""E-mails as others write them: their tags, their fonts, and what mjml makes of a head."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

CLI = "integration/cli/test_content_commands.py::"
FOREIGN = "unit/content/test_foreign_tags.py::"
HEADS = "unit/content/test_heads.py::"

MUTATIONS = (
    Mutation(
        "A font that mjml brings along comes from where the mail says",
        "content/mjml/fonts.py",
        "html = html.replace(theirs, address)",
        "html = html.replace(theirs, theirs)",
        (HEADS + "test_a_font_that_mjml_brings_along_comes_from_where_the_mail_says",),
    ),
    Mutation(
        "Of a font that stands twice the last one holds",
        "content/mjml/fonts.py",
        "found.start() == last[name].start()",
        "found.start() <= last[name].start()",
        (HEADS + "test_of_a_font_that_stands_twice_the_last_one_holds",),
    ),
    Mutation(
        "What mjml gives up at is told with what to do",
        "content/mjml/head_lint.py",
        "if key in self._seen:",
        "if key in ():",
        (HEADS + "test_what_mjml_gives_up_at_is_told_with_what_to_do",),
    ),
    Mutation(
        "Every message that is named is told of at once",
        "services/projects/loading.py",
        "set(names) & known if project else known",
        "set(sorted(set(names) & known)[:1]) if project else known",
        (CLI + "test_every_message_that_is_named_is_told_of_at_once",),
    ),
    Mutation(
        "More forms of tags are told",
        "content/foreign_tags.py",
        "for match in foreign_forms(rest)]",
        "for match in foreign_forms(rest[:0])]",
        (FOREIGN + "test_a_tag_of_another_product_is_an_error_at_its_place",),
    ),
    Mutation(
        "What two forms would tell is told once",
        "content/foreign_tags.py",
        "rest = blank_foreign_tags(rest, forms)",
        "rest = blank_foreign_tags(rest, forms[:0])",
        (FOREIGN + "test_each_tag_is_told_once_and_in_order",),
    ),
    Mutation(
        "A selector is no tag",
        "content/foreign_tag_forms.py",
        '_SHEETS.sub(lambda sheet: "\\0" * len(sheet[0]), text)',
        "text",
        (FOREIGN + "test_a_selector_and_data_are_no_tags",),
    ),
)
