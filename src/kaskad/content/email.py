"""An e-mail: MJML with Jinja → the templates of subject, preheader, HTML and text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from jinja2 import TemplateError as JinjaError

from kaskad.content.fonts import take_out_fonts
from kaskad.content.foreign_tags import foreign_tags, without_foreign
from kaskad.content.images import Images, without_images
from kaskad.content.inlining import inline, places, take_out
from kaskad.content.lint import lint
from kaskad.content.mask import mask
from kaskad.content.masked import Masked
from kaskad.content.message import Fields
from kaskad.content.names import check_template
from kaskad.content.sandbox import TemplateEnvironment
from kaskad.content.source import Source, read_source
from kaskad.content.text import MailText
from kaskad.content.trouble import element_of, others_faults
from kaskad.domain.errors import InvalidFiles, Problem


def compile_email(
    path: Path, environment: TemplateEnvironment, known: Mapping[str, Collection[str] | None], images: Images
) -> Fields:
    """The e-mail's fields as Jinja sources. Raises InvalidFiles with everything wrong in this file."""
    source = read_source(path)
    foreign = foreign_tags(source.text)
    problems = [source.problem(one.offset, str(one)) for one in foreign]
    ours = without_images(without_foreign(source.text, foreign))
    problems += check_template(ours, environment, known, source.problem_in_line)
    problems += images.problems(source.text, source.problem)
    masked = mask(source.text)
    if problems := problems or [*lint(source), *_misplaced(source, masked), *_strange(source, masked)]:
        raise InvalidFiles(problems)
    html = _html(source, masked)
    text = MailText(masked)
    if not text.title.strip():
        raise InvalidFiles([source.problem(0, "an e-mail needs its subject: <mj-title> in <mj-head>")])
    fields = {"subject": text.title.strip(), "preheader": text.preview.strip(), "text": text.body}
    compiled = {name: field for name, field in fields.items() if field} | {"html": masked.unmask(html)}
    _reads_back(source, compiled, environment)
    return compiled


def _html(source: Source, masked: Masked) -> str:
    from mjml import mjml_to_html  # half a second: only where a message is compiled

    styled = take_out(masked.text)
    fonts = take_out_fonts(styled.mjml)
    with others_faults(lambda error: _cannot(source, error)):
        html = fonts.put(mjml_to_html(fonts.mjml).html)
    if styled.css:
        before = places(html, masked.mark)
        with others_faults(lambda error: source.problem(_at_style(source), f"mj-style cannot be inlined: {error!r}")):
            html = inline(html, styled.css)
        _stays_in_place(source, masked, before, places(html, masked.mark))
    if lost := masked.lost(html):
        advice = "would be lost here: put it into text, or between sections, columns or their content"
        raise InvalidFiles([source.problem(each.offset, f"{each.jinja} {advice}") for each in lost])
    return html if "<pre" in html else re.sub(r"\n\s+", "\n", html)


def _cannot(source: Source, error: BaseException) -> Problem:
    """mjml has no errors of its own: what it cannot do surfaces as anything, deep in one of its elements."""
    offset, element = element_of(error, source.text)
    where = f", in <{element}>" if element else ""
    return source.problem(offset, f"mjml cannot compile this{where}: {error!r}")


def _stays_in_place(
    source: Source, masked: Masked, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    """Inlining reads the HTML as browsers do, and may carry what stands in an odd place out of a table."""
    advice = "would be moved or lost by mj-style inline: put it into a cell, or leave inline away"
    for mark, tag in before:
        (number,) = masked.marks(mark)
        hidden = masked.hidden[number]
        if hidden.jinja and before.count((mark, tag)) != after.count((mark, tag)):
            raise InvalidFiles([source.problem(hidden.offset, f"{hidden.jinja} {advice}")])


def _at_style(source: Source) -> int:
    return max(source.text.find("<mj-style"), 0)


def _misplaced(source: Source, masked: Masked) -> list[Problem]:
    advice = "may not stand among attributes: put it into the quotes of one"
    return [source.problem(each.offset, f"{each.jinja} {advice}") for each in masked.misplaced]


def _strange(source: Source, masked: Masked) -> list[Problem]:
    text = "an address may not begin with '{}:', no mail program follows it: write https://, http://, mailto: or tel:"
    return [source.problem(offset, text.format(scheme)) for offset, scheme in masked.strange]


def _reads_back(source: Source, fields: Fields, environment: TemplateEnvironment) -> None:
    """What was well-formed in MJML must be so in each field: an `if` that mjml has moved would not be."""
    for name, field in fields.items():
        try:
            environment.parse(field)
        except JinjaError as error:
            raise InvalidFiles([source.problem(0, f"the {name} breaks up the Jinja: {error}")]) from error
