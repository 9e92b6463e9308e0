"""Images in templates: by their content's address, and at their place when something is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaskad.content import Renderer, compile_message
from kaskad.content.images import MAX_BYTES
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidFiles

PNG = b"\x89PNG\r\n\x1a\n" + b"hero"
BASE = "https://img.example/images"
KINDS = "gif, jpeg, jpg, png, webp"
MAIL = """<mjml><mj-head><mj-title>T</mj-title></mj-head><mj-body>
<mj-section background-url="images/back.png"><mj-column>
<mj-image src="images/hero.png" alt="x" />
<mj-image src="{{ image('hero.png') }}" alt="y" />
<mj-text>Hi</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / "hello"


def said(folder: Path, channel: Channel, **data: object) -> dict[str, str]:
    message = compile_message(folder)
    return Renderer().render(message, channel, "en", data={"links": {"images": BASE}, "event": {}, **data})


def test_an_edited_image_has_another_address(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "hello/email.mjml": MAIL,
        "hello/images/hero.png": PNG,
        "hello/images/back.png": PNG + b"2",
    }
    folder = written(tmp_path, files)
    refs = {ref.path: ref for ref in compile_message(folder).images}
    assert set(refs) == {"hello/images/hero.png", "hello/images/back.png"}
    hero, html = f"{BASE}/{refs['hello/images/hero.png'].address}", said(folder, Channel.EMAIL)["html"]
    assert html.count(f'src="{hero}"') == 2
    assert f"url('{BASE}/{refs['hello/images/back.png'].address}')" in html
    assert 'images/hero.png"' not in html.replace(hero, "")
    written(tmp_path, {"hello/images/hero.png": PNG + b"edited"})
    assert hero not in said(folder, Channel.EMAIL)["html"]


def test_yaml_names_images_as_a_value_and_as_what_stands_in_for_a_missing_one(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "hello/viber.yaml": "text: Hi\nimage: images/a b/../hero.png\n".replace("a b/../", ""),
            "hello/webpush.yaml": "title: T\nbody: B\nurl: https://x.example\n"
            "icon: \"{{ event.icon | default(image('deep/icon.gif'), true) }}\"\n",
            "_shared/images/hero.png": PNG,
            "hello/images/deep/icon.gif": b"GIF89a",
        },
    )
    assert said(folder, Channel.VIBER)["image"].startswith(f"{BASE}/") and said(folder, Channel.VIBER)[
        "image"
    ].endswith("/hero.png")
    assert said(folder, Channel.WEBPUSH, event={"icon": "https://x.example/i.png"})["icon"] == "https://x.example/i.png"
    assert said(folder, Channel.WEBPUSH, event={"icon": None})["icon"].endswith("/icon.gif")


def test_the_message_s_own_image_comes_before_the_shared_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"hello/viber.yaml": "text: Hi\nimage: images/hero.png\n"}
    folder = written(tmp_path, files | {"_shared/images/hero.png": PNG, "hello/images/hero.png": PNG + b"own"})
    assert [ref.path for ref in compile_message(folder).images] == ["hello/images/hero.png"]


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("image: images/heero.png", "2:8: there is no image 'heero.png', did you mean 'hero.png'?"),
        ("image: images/other.jpg", "2:8: there is no image 'other.jpg', put it into hello/images/"),
        ("image: \"{{ image('heero.png') }}\"", "2:19: there is no image 'heero.png', did you mean 'hero.png'?"),
        ('image: "{{ image(event.name) }}"', '2:12: image takes a file\'s name: image("hero.png")'),
        ("image: images/logo.svg", "2:8: 'logo.svg' is no image that mail programs show: there are " + KINDS),
        ("image: images/fake.jpg", "2:8: 'fake.jpg' does not hold what its name says: it is no jpeg"),
        ("image: images/huge.png", "2:8: 'huge.png' has 5.0 MB, the most is 5 MB"),
        ("image: images/../viber.yaml", "2:8: there is no image '../viber.yaml', put it into hello/images/"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told_at_its_place(tmp_path: Path, yaml: str, expected: str) -> None:
    files: dict[str, str | bytes] = {"hello/viber.yaml": f"text: Hi\n{yaml}\n", "hello/images/hero.png": PNG}
    files |= {
        "hello/images/logo.svg": "<svg/>",
        "hello/images/fake.jpg": PNG,
        "hello/images/huge.png": PNG + bytes(MAX_BYTES),
    }
    folder = written(tmp_path, files)
    with pytest.raises(InvalidFiles) as caught:
        compile_message(folder)
    assert [str(problem) for problem in caught.value.problems] == [f"{(folder / 'viber.yaml').as_posix()}:{expected}"]


def test_a_missing_image_of_an_included_file_is_told_there(tmp_path: Path) -> None:
    mail = MAIL.replace('<mj-image src="images/hero.png" alt="x" />', '<mj-include path="../_shared/logo.mjml" />')
    shared = '<mj-text>a</mj-text>\n<mj-image src="images/absent-logo.png" />'
    folder = written(
        tmp_path,
        {
            "hello/email.mjml": mail,
            "_shared/logo.mjml": shared,
            "hello/images/hero.png": PNG,
            "hello/images/back.png": PNG,
        },
    )
    with pytest.raises(InvalidFiles) as caught:
        compile_message(folder)
    (problem,) = caught.value.problems
    assert str(problem).endswith(
        "_shared/logo.mjml:2:16: there is no image 'absent-logo.png', put it into hello/images/"
    )
