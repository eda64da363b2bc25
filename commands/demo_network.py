"""The demo's network: made-up people by a harbour, whom they follow, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

PASSWORD = "only for the demo"  # noqa: S105 - told to everybody

PEOPLE = {
    "pier_otter": ("Otter at the Pier", "I count boats. Some days they count me."),
    "tea_kettle_42": ("Kettle Forty-Two", "Steam, mostly. Opinions on biscuits."),
    "moss_librarian": ("The Moss Librarian", "Returns are due by the next full moon. #books"),
    "comet_baker": ("Comet Bakery", "Bread before dawn, buns at dusk. #baking"),
    "slow_sloth_9": ("Sloth Nine", "Replies in three to five working days."),
    "paper_lantern": ("Paper Lantern", "Night walks, small lights. #photography"),
    "radio_heron": ("Radio Heron", "Harbour weather on the hour. #weather"),
    "quiet_anvil": ("Quiet Anvil", "Blacksmith, retired. Now I mend spoons."),
    "fern_clockwork": ("Fern Clockwork", "Clocks that grow. Gardens that tick. #making"),
    "pixel_teapot": ("Pixel Teapot", "Code and crumbs. #python"),
    "north_lichen": ("North Lichen", "One millimetre a year, no regrets."),
    "tin_lighthouse": ("Tin Lighthouse", "On. Off. On. Off."),
}
"""Display name and bio by handle."""

FOLLOWS = {
    "pier_otter": "tea_kettle_42 comet_baker radio_heron paper_lantern tin_lighthouse pixel_teapot",
    "tea_kettle_42": "pier_otter comet_baker moss_librarian quiet_anvil",
    "moss_librarian": "paper_lantern fern_clockwork north_lichen tea_kettle_42",
    "comet_baker": "pier_otter tea_kettle_42 radio_heron slow_sloth_9",
    "slow_sloth_9": "north_lichen tin_lighthouse moss_librarian",
    "paper_lantern": "tin_lighthouse pier_otter moss_librarian radio_heron north_lichen",
    "radio_heron": "pier_otter tin_lighthouse",
    "quiet_anvil": "fern_clockwork comet_baker tea_kettle_42",
    "fern_clockwork": "quiet_anvil moss_librarian pixel_teapot north_lichen",
    "pixel_teapot": "comet_baker fern_clockwork pier_otter radio_heron slow_sloth_9",
    "north_lichen": "moss_librarian slow_sloth_9",
    "tin_lighthouse": "radio_heron paper_lantern pier_otter",
}


@dataclass(frozen=True, slots=True)
class Post:
    """`name` is what others answer or quote it by. `retweeted` and `liked` are handles, with spaces between."""

    author: str
    text: str
    name: str = ""
    answers: str = ""
    quotes: str = ""
    retweeted: str = ""
    liked: str = ""


POSTS: Sequence[Post] = (
    Post("tin_lighthouse", "On.", liked="paper_lantern slow_sloth_9 pier_otter"),
    Post("radio_heron", "Good morning, harbour: fog until nine, a shy sun after. #weather", retweeted="pier_otter"),
    Post("comet_baker", "The first loaves are out. The queue is two gulls long. #baking", "loaves", liked="pier_otter"),
    Post("pier_otter", "@comet_baker I am the one behind the gulls.", "gulls", answers="loaves", liked="comet_baker"),
    Post("comet_baker", "@pier_otter Then I'll keep you a heel of rye.", answers="gulls", liked="pier_otter"),
    Post("pier_otter", "Eleven boats out, ten boats back. The eleventh is being dramatic.", "boats"),
    Post("tin_lighthouse", "@pier_otter It can see me. It always could.", answers="boats", liked="paper_lantern"),
    Post("pier_otter", "Boat eleven has docked and wants applause.", "docked", retweeted="radio_heron paper_lantern"),
    Post("tea_kettle_42", "A biscuit that survives a second dip is no longer a biscuit. It's a commitment.", "biscuit"),
    Post("quiet_anvil", "@tea_kettle_42 I have mended spoons with less character.", answers="biscuit"),
    Post("comet_baker", "We don't talk about the commitment biscuit.", quotes="biscuit", liked="tea_kettle_42"),
    Post("moss_librarian", "Found between two pages: a pressed fern, a tram ticket, and an apology. #books", "found"),
    Post("fern_clockwork", "@moss_librarian The fern may be mine. The apology isn't.", answers="found"),
    Post("paper_lantern", "@moss_librarian Keep the ticket. Trams come back.", answers="found", liked="moss_librarian"),
    Post("north_lichen", "Grew a little today. Won't say where.", "grew", liked="slow_sloth_9 moss_librarian"),
    Post("slow_sloth_9", "@north_lichen Slow down.", "slow", answers="grew", liked="north_lichen moss_librarian"),
    Post("pixel_teapot", "Renamed a variable. Two tests fell over. Put the kettle on. #python", "rename"),
    Post("tea_kettle_42", "@pixel_teapot I'm on.", answers="rename", liked="pixel_teapot pier_otter"),
    Post("pixel_teapot", "It was the cache. It is always the cache.", "cache", retweeted="fern_clockwork"),
    Post("fern_clockwork", "It is never the cache. It is the pot next to the cache.", quotes="cache"),
    Post("radio_heron", "Nine o'clock. The shy sun has been seen over the east pier. #weather", "sun"),
    Post("paper_lantern", "The same minute, from the bridge: everything the colour of tea. #photography", quotes="sun"),
    Post("quiet_anvil", "Spoon of the day: bent twice, forgiven once.", "spoon", liked="fern_clockwork tea_kettle_42"),
    Post("fern_clockwork", "The sundial runs late again. I blame the sun. #making", "sundial", liked="quiet_anvil"),
    Post("radio_heron", "@fern_clockwork The sun denies it.", answers="sundial", retweeted="pixel_teapot"),
    Post("slow_sloth_9", "Re: the question of last Tuesday: yes.", "tuesday", liked="north_lichen moss_librarian"),
    Post("comet_baker", "@slow_sloth_9 The buns of last Tuesday are gone. Would a bun of today do?", answers="tuesday"),
    Post("moss_librarian", "Overdue: one atlas of imaginary islands. Last seen heading north. #books", "atlas"),
    Post("north_lichen", "@moss_librarian It is here. I'm still on the first island.", answers="atlas"),
    Post("tin_lighthouse", "Off.", "off", liked="paper_lantern"),
    Post("pier_otter", "Low tide. Found one boot, left, and a rumour, right.", "tide", liked="tea_kettle_42"),
    Post("quiet_anvil", "@pier_otter I had the other boot in 1987.", answers="tide", liked="pier_otter"),
    Post("comet_baker", "New on the shelf: seaweed focaccia. The otter was consulted. #baking", "focaccia"),
    Post("pier_otter", "I was consulted twice.", quotes="focaccia", liked="comet_baker radio_heron"),
    Post("tea_kettle_42", "@comet_baker Does it dip?", answers="focaccia"),
    Post("pixel_teapot", "Wrote a script that counts gulls. It counts the otter as half a gull. #python", "script"),
    Post("pier_otter", "@pixel_teapot Which half?", "half", answers="script", liked="pixel_teapot comet_baker"),
    Post("pixel_teapot", "@pier_otter The half with the bread.", answers="half", liked="pier_otter"),
    Post("paper_lantern", "Tonight's walk: the stairs behind the cannery, 112 steps, one cat. #photography", "walk"),
    Post("moss_librarian", "@paper_lantern The cat is a member here. Reads mostly fish.", answers="walk"),
    Post("tin_lighthouse", "Behind the cannery there is a corner I don't reach. Take a light.", quotes="walk"),
    Post("fern_clockwork", "The cuckoo clock has sprouted. It now says spring. #making", "cuckoo"),
    Post("quiet_anvil", "@fern_clockwork Water it on the hour.", answers="cuckoo", liked="fern_clockwork"),
    Post("north_lichen", "Somebody leant on me. It was nice.", "leant", liked="slow_sloth_9 moss_librarian"),
    Post("slow_sloth_9", "@north_lichen You're welcome.", answers="leant", liked="north_lichen"),
    Post("radio_heron", "Evening: wind from the west, smelling of bread. #weather", "wind", liked="comet_baker"),
    Post("comet_baker", "Guilty. #baking #weather", quotes="wind", liked="radio_heron pier_otter"),
    Post("tea_kettle_42", "To whoever hums outside my window at four: it's the wrong key, and don't stop.", "hum"),
    Post("radio_heron", "@tea_kettle_42 That is the antenna.", answers="hum", liked="tea_kettle_42"),
    Post("moss_librarian", "Opening hours tomorrow: when the light is good. #books", "hours"),
    Post("tin_lighthouse", "@moss_librarian So, always.", answers="hours", liked="moss_librarian paper_lantern"),
    Post("pier_otter", "Night count: ten boats, one heron on the radio mast, no complaints.", "count"),
    Post("paper_lantern", "Ten boats, one heron, seen from above. #photography", quotes="count", liked="pier_otter"),
    Post("pixel_teapot", "Green. All of it. I'm going to bed before it notices. #python", "green"),
    Post("fern_clockwork", "@pixel_teapot Moss is also green, and nobody checks it.", answers="green"),
    Post("quiet_anvil", "A lantern needs no mending tonight. Good.", liked="paper_lantern"),
    Post("slow_sloth_9", "Started a reply. More soon.", "soon", retweeted="north_lichen moss_librarian"),
    Post("comet_baker", "Ovens on at three. If you smell it, it's for you. #baking", liked="tea_kettle_42 pier_otter"),
    Post("north_lichen", "Still here.", liked="slow_sloth_9"),
    Post(
        "tin_lighthouse",
        "On again.",
        quotes="off",
        retweeted="radio_heron",
        liked="paper_lantern pier_otter slow_sloth_9",
    ),
)
