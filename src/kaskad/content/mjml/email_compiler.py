"""Compiles one e-mail: MJML with Jinja → the templates of subject, preheader, HTML and text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from jinja2 import TemplateError as JinjaError

from kaskad.content.foreign_tags import blank_foreign_tags, find_foreign_tags
from kaskad.content.images import Images, mask_images
from kaskad.content.message import Fields
from kaskad.content.mjml.compiler_errors import convert_compiler_errors, locate_element
from kaskad.content.mjml.fonts import take_out_fonts
from kaskad.content.mjml.inlining import extract_inline_rules, inline_rules, locate_marks
from kaskad.content.mjml.lint import lint_mjml
from kaskad.content.mjml.masked_source import MaskedSource
from kaskad.content.mjml.masking import mask_source
from kaskad.content.mjml.plain_text import PlainTextReader
from kaskad.content.mjml.source import Source, read_source
from kaskad.content.rendering.jinja_environment import TemplateEnvironment
from kaskad.content.template_check import check_template
from kaskad.domain.errors import InvalidFiles, Problem


def compile_email(
    path: Path, environment: TemplateEnvironment, known: Mapping[str, Collection[str] | None], *, images: Images
) -> Fields:
    """The e-mail's fields as Jinja sources. Raises InvalidFiles with all problems of this file."""
    source = read_source(path)
    foreign = find_foreign_tags(source.text)
    problems = [source.problem(tag.offset, str(tag)) for tag in foreign]
    ours = mask_images(blank_foreign_tags(source.text, foreign))
    problems += check_template(ours, environment, known, report=source.problem_in_line)
    problems += images.problems(source.text, source.problem)
    masked = mask_source(source.text)
    if problems := problems or [*lint_mjml(source), *_find_misplaced(source, masked), *_strange(source, masked)]:
        raise InvalidFiles(problems)
    html = _html(source, masked)
    text = PlainTextReader(masked)
    if not text.title.strip():
        raise InvalidFiles([source.problem(0, "an e-mail needs its subject: <mj-title> in <mj-head>")])
    fields = {"subject": text.title.strip(), "preheader": text.preview.strip(), "text": text.body}
    compiled = {name: field for name, field in fields.items() if field} | {"html": masked.unmask(html)}
    _check_fields(source, compiled, environment)
    return compiled


def _html(source: Source, masked: MaskedSource) -> str:
    from mjml import mjml_to_html  # takes half a second: only when a message is compiled

    styled = extract_inline_rules(masked.text)
    fonts = take_out_fonts(styled.mjml)
    with convert_compiler_errors(lambda error: _unexpected_problem(source, error)):
        html = fonts.put(mjml_to_html(fonts.mjml).html)
    if styled.css:
        before = locate_marks(html, masked.mark)
        with convert_compiler_errors(
            lambda error: source.problem(_at_style(source), f"mj-style cannot be inlined: {error!r}")
        ):
            html = inline_rules(html, styled.css)
        _check_positions(source, masked, before, after=locate_marks(html, masked.mark))
    if lost := masked.lost(html):
        advice = "would be lost here: put it into text, or between sections, columns or their content"
        raise InvalidFiles([source.problem(each.offset, f"{each.jinja} {advice}") for each in lost])
    return html if "<pre" in html else re.sub(r"\n\s+", "\n", html)


def _unexpected_problem(source: Source, error: BaseException) -> Problem:
    """The problem for an error of mjml, which has no error classes: any exception can come from inside its elements."""
    offset, element = locate_element(error, source.text)
    where = f", in <{element}>" if element else ""
    return source.problem(offset, f"mjml cannot compile this{where}: {error!r}")


def _check_positions(
    source: Source, masked: MaskedSource, before: list[tuple[str, str]], *, after: list[tuple[str, str]]
) -> None:
    """Checks that inlining moved no Jinja: like browsers, it may move misplaced parts out of a table."""
    advice = "would be moved or lost by mj-style inline: put it into a cell, or leave inline away"
    for mark, tag in before:
        (number,) = masked.marks(mark)
        hidden = masked.hidden[number]
        if hidden.jinja and before.count((mark, tag)) != after.count((mark, tag)):
            raise InvalidFiles([source.problem(hidden.offset, f"{hidden.jinja} {advice}")])


def _at_style(source: Source) -> int:
    return max(source.text.find("<mj-style"), 0)


def _find_misplaced(source: Source, masked: MaskedSource) -> list[Problem]:
    advice = "may not stand among attributes: put it into the quotes of one"
    return [source.problem(each.offset, f"{each.jinja} {advice}") for each in masked.misplaced]


def _strange(source: Source, masked: MaskedSource) -> list[Problem]:
    text = "an address may not begin with '{}:', no mail program follows it: write https://, http://, mailto: or tel:"
    return [source.problem(offset, text.format(scheme)) for offset, scheme in masked.strange]


def _check_fields(source: Source, fields: Fields, environment: TemplateEnvironment) -> None:
    """Checks each field: Jinja that is valid in MJML can be invalid in a field, if mjml has moved an `if`."""
    for name, field in fields.items():
        try:
            environment.parse(field)
        except JinjaError as error:
            raise InvalidFiles([source.problem(0, f"the {name} breaks up the Jinja: {error}")]) from error
