"""More forms of other products' tags. Plain text can have some of these forms too: their words decide."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHEETS = re.compile(r"<(mj-style|style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)  # `a[name]` is a selector
_IN = r"[^{}\[\]\n\0]{1,80}"
_WORD = (  # words of tags that are rare in plain text in brackets
    r"(?:(?:first|last|full|user|nick|sur|contact|customer|recipient|company)[_. -]?name|[fl]_?name|name"
    r"|e-?mail(?:_?address)?|(?:un|de)subscri\w*|opt_?out\w*|\w+_(?:url|link)"
    r"|(?-i:PHONE|MOBILE|CITY|COUNTRY|BIRTHDAY|COMPANY|ADDRESS|DATE|MIRROR))"
)
_FORMS = re.compile(
    rf"""@\{{{_IN}\}}|\[%{_IN}%\]|\$\[{_IN}\]\$|(?<![{{$\#%@])\{{!{_IN}\}}"""
    rf"""|(?<![{{$\#%@])\{{[a-z_]\w*={_IN}\}}(?!\}})"""  # {contactfield=firstname|x}
    r"""|(?<!\[)\[[a-z_][\w. -]{0,40},\s*fallback=[^\[\]\n\0]{0,60}\]"""
    r"""|<(?:unsubscribe|webversion|preferences|forwardtoafriend)\b[^<>\n\0]{0,200}>"""
    r"""|(?<![\w%])%[a-z_][\w.]*\|[^%|<>\n\0]{0,60}%(?![\w%])"""  # %FIRSTNAME|friend%
    r"""|(?<![\w$])\$[a-z_][\w.]+(?:\([^()$\n\0]{0,60}\))?\$(?![\w$])"""
    r"""|(?<![\w.+%@-])@[a-z_]\w+@(?![\w@])"""
    rf"""|(?<![\w\[\]*!])\[{_WORD}\](?![\](])"""
    rf"""|(?<![\w\#&/])\#(?:(?-i:[A-Z][A-Z0-9_]+)|{_WORD})\#(?![\w\#])""",
    re.IGNORECASE,
)
_FLOW = re.compile(r"(?:@\{|\[%)-?\s*(?:if|else|elseif|elsif|for|foreach|end)\b", re.IGNORECASE)


def foreign_forms(text: str) -> Iterator[re.Match[str]]:
    """The matches of such tags in a text, in order."""
    return _FORMS.finditer(_SHEETS.sub(lambda sheet: "\0" * len(sheet[0]), text))


def is_flow(tag: str) -> bool:
    """Whether the tag is part of a condition or a loop: `@{end if}`, `[% IF x %]`."""
    return _FLOW.match(tag) is not None
