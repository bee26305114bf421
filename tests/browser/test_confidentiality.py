"""What a person keeps back, seen by those from whom it is kept."""

from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.stories import hand_in, publish


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
