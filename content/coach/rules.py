"""The rules of the coach, as a table: what each says, an example, and what finds it."""

from content.coach.acronyms import unexplained
from content.coach.advice import no_action, pointer
from content.coach.blame import blame
from content.coach.draft import Rule
from content.coach.people import names
from content.coach.story import no_cause, no_effect, no_figures, same_cause
from content.coach.substance import too_general, topic_headline

RULES: tuple[Rule, ...] = (
    Rule(
        "topic for a headline",
        "The headline names a subject. In a list of search results a reader sees nothing else, and"
        " cannot tell what you found out.",
        "Instead of “Permits”: “Ask for the crane permit eight weeks ahead: the city takes six”.",
        topic_headline,
    ),
    Rule(
        "no time or amount",
        "A reader cannot tell how big this was or when it struck. One date, number or duration is"
        " enough.",
        "“During the second test week, 40 of 300 records were loaded twice.”",
        no_figures,
    ),
    Rule(
        "is it told why?",
        "“Why did it happen?” is empty. Does your text tell it? A reader asks that first, to see"
        " whether it can happen to them.",
        "“The supplier had two drawings with the same number, and we sent the older one.”",
        no_cause,
        asks=True,
    ),
    Rule(
        "cause repeats the event",
        "The cause says what happened once more. Ask why again, and say what made that possible.",
        "Event: “The pump was delivered late.” Cause: “The order waited three weeks for a signature"
        " because only one person could sign.”",
        same_cause,
    ),
    Rule(
        "is it told what it did?",
        "Does your text tell what it did to time, money, quality or people? With it a reader can"
        " weigh this.",
        "“Two teams stood still for four days, and the handover moved to May.”",
        no_effect,
        asks=True,
    ),
    Rule(
        "too general",
        "This would fit any project, so it helps none. Name the thing, who does it, and when.",
        "Instead of “Communicate better with suppliers”: “Call each supplier on Monday with the"
        " dates of the next two weeks, and confirm by mail”.",
        too_general,
    ),
    Rule(
        "nothing to do",
        "Nobody could act on this: it says what to think of, not what to do. Begin with a verb, and"
        " say who.",
        "Instead of “Testing should be considered”: “The test lead books the lab before the design"
        " is frozen”.",
        no_action,
    ),
    Rule(
        "only a pointer",
        "This says where to look, and not what to do or to know. In lists, searches and start packs"
        " a reader has this text alone.",
        "Instead of “See the report”: “Order the valves before the design is frozen”.",
        pointer,
    ),
    Rule(
        "name of a person",
        "It looks as if a person is named. Lessons are about what happened, not who it was: name"
        " the role, and people will keep telling.",
        "Instead of “Eva Novak forgot the form”: “The form was forgotten, because the checklist"
        " of the site manager does not have it”.",
        names,
    ),
    Rule(
        "blame",
        "This judges somebody. A reader learns more from what made the mistake easy to make.",
        "Instead of “The fitter was careless”: “Both plugs fit both sockets, and they look alike”.",
        blame,
    ),
    Rule(
        "is this short form known?",
        "Do readers from other departments know this short form? If not, write it out once.",
        "“The factory acceptance test (FAT) was moved.”",
        unexplained,
        asks=True,
    ),
)
