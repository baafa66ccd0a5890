"""Text from a link or a table on the real page: no link, no picture, no icon, no request."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.playground import Playground
from tests.browser.server import Server

FOREIGN = "127.0.0.1:9"
TEXT = (
    f":material/home: :smile: :red[r] ![p](http://{FOREIGN}/x.png) [l](http://{FOREIGN}/) "
    f"http://{FOREIGN}/y www.example.com a@example.com $x^2$ `c` **b** <b>t</b> A&amp;B"
)
ROWS = "\n".join(
    f"{i},{i * 7 % 11},{'A&amp;B' if i % 2 else f'<a href=http://{FOREIGN}/>p</a>'}"
    for i in range(60)
)
TABLE = f"p<0.05,<a href='http://{FOREIGN}/'>col</a> %{{x}} A&amp;B,kind\n{ROWS}"


def nothing_foreign(page: Page) -> None:
    assert page.locator(f'a[href*="{FOREIGN}"], a[href*="example.com"]').count() == 0
    assert page.locator(f'img[src*="{FOREIGN}"]').count() == 0


def test_hostile_texts_stand_letter_by_letter(
    opened: Callable[..., Playground], server: Server, new_page: Callable[..., Page]
):
    page = new_page()
    page.goto(f"{server.url}/functions?functions={quote(TEXT)}")
    check_alert(page)

    playground = opened(f"optimizer={quote(TEXT)}")
    page = playground.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    check_alert(page)
    page.get_by_role("button", name="Own data, columns").click()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{TEXT[:30]}.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    field = page.locator(".pg-field")
    expect(field.locator(".xtitle")).to_have_text("x₁: p<0.05")
    expect(field.locator(".ytitle")).to_contain_text(">col</a> %{x} A&amp;B")
    expect(field.locator(".legend")).to_contain_text("A&amp;B")
    expect(field.locator(".legend")).to_contain_text("<a href=")
    nothing_foreign(page)
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []


def check_alert(page: Page) -> None:
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text(":material/home: :smile:")
    assert alert.locator("a, img, b, code, [data-testid=stIconMaterial]").count() == 0
    nothing_foreign(page)
