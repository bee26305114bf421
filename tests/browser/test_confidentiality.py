"""A lesson that not everybody may read, seen by three people wherever a person would look."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.stories import hand_in, publish, until_found

SECRET = "wolverine"
OPEN = "Ask who else reads a plan before it is printed"


def places(address: str, code: str) -> tuple[str, ...]:
    """Every page on which a person would look for it."""
    number = address.rsplit("/", 1)[-1]
    return (
        f"/lessons/{number}", f"/lessons/{number}/revisions", f"/lessons/{number}/occurrences/new",
        f"/lessons/{number}/edit", f"/lessons/{number}/review", "/lessons/?text=the", "/lessons/",
        f"/lessons/?text={SECRET}", f"/lessons/?topic={SECRET}", f"/search?q={SECRET}",
        f"/search?q=plan+printed&topic={SECRET}", f"/search/suggest?q={SECRET[:5]}",
        f"/palette?q={SECRET}", f"/projects/{code}", f"/projects/{code}/pack", "/themes/", "/",
        f"/exports/lessons.html?text={SECRET}", "/exports/lessons.html", "/searches/",
    )  # fmt: skip


def met(page: Page, path: str) -> bool:
    """Whether the page says the word anywhere but where it was just typed."""
    page.goto(path)
    text = page.evaluate("document.documentElement.textContent")
    return f"{SECRET} plan" in " ".join(text.lower().split())


def test_a_restricted_lesson_is_whole_for_two_and_a_sentence_for_the_third(
    visitor: Visitor,
) -> None:
    author = visitor.sign_in("pm")
    address = hand_in(
        author, f"The {SECRET} plan was printed too early", f"The {SECRET} plan lay in the hall.",
        confidentiality="restricted", sanitised=OPEN, topics=f"{SECRET} plan",
    )  # fmt: skip
    publish(visitor, address)
    reviewer, reader = visitor.sign_in("reviewer"), visitor.sign_in("trainer")
    until_found(reviewer, f"/search?q={SECRET}", f"The {SECRET} plan was printed too early")
    until_found(author, f"/search?q={SECRET}", f"The {SECRET} plan was printed too early")
    for page in (author, reviewer):
        seen = [path for path in places(address, "ITD-05") if met(page, path)]
        assert {f"/lessons/{address.rsplit('/', 1)[-1]}", f"/search?q={SECRET}"} <= set(seen)
        assert f"/lessons/?text={SECRET}" in seen
    assert [path for path in places(address, "ITD-05") if met(reader, path)] == []

    until_found(reader, "/search?q=who+else+reads+a+plan+before+it+is+printed", OPEN)
    reader.goto(address)
    expect(reader.locator("h1")).to_have_text("Restricted lesson")
    expect(reader.locator("main")).to_contain_text(OPEN)
    expect(reader.get_by_role("button", name="Follow")).to_have_count(0)
    reader.goto(f"{address}/revisions")
    expect(reader.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_who_hides_their_name_is_named_to_no_reader(visitor: Visitor) -> None:
    event = "Nobody said that the pangolin date was impossible."
    address = hand_in(
        visitor.sign_in("pm"), "Say no to the pangolin date at once", event, author_hidden="yes"
    )
    reviewer = visitor.sign_in("reviewer")
    reviewer.goto(f"{address}/review")
    assert "Paula Meyer" not in reviewer.locator("main").inner_text()
    publish(visitor, address)
    for who in ("trainer", "reviewer"):
        reader = visitor.sign_in(who)
        for path in (address, f"{address}/revisions"):
            reader.goto(path)
            assert "Paula Meyer" not in reader.locator("main").inner_text(), (who, path)
    log = visitor.sign_in("admin")
    log.goto(address)
    expect(log.locator(".activity")).to_contain_text("Paula Meyer")
