"""twitter-text's own conformance cases, read in place: they aren't part of the project."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.text import Entities, extract

CASES = Path(__file__).parents[4] / "shared/data/twitter-text-extract.yml"
SECTIONS: dict[str, Callable[[Entities], list[Any]]] = {
    "mentions": lambda found: [mention.handle for mention in found.mentions],
    "mentions_with_indices": lambda found: [
        {"screen_name": mention.handle, "indices": [mention.start, mention.end]} for mention in found.mentions
    ],
    "urls": lambda found: [url.url for url in found.urls],
    "urls_with_indices": lambda found: [{"url": url.url, "indices": [url.start, url.end]} for url in found.urls],
    "urls_with_directional_markers": lambda found: [
        {"url": url.url, "indices": [url.start, url.end]} for url in found.urls
    ],
    "tco_urls_with_params": lambda found: [url.url for url in found.urls],
    "hashtags": lambda found: [hashtag.tag for hashtag in found.hashtags],
    "hashtags_from_astral": lambda found: [hashtag.tag for hashtag in found.hashtags],
    "hashtags_with_indices": lambda found: [
        {"hashtag": hashtag.tag, "indices": [hashtag.start, hashtag.end]} for hashtag in found.hashtags
    ],
}


@pytest.fixture(scope="module")
def cases() -> dict[str, list[dict[str, Any]]]:
    if not CASES.exists():
        reason = f"twitter-text's conformance cases are absent: ../shared/data/{CASES.name}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    tests: dict[str, list[dict[str, Any]]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
    return tests


@pytest.mark.parametrize("section", SECTIONS)
def test_every_case_of_a_section_passes(section: str, cases: dict[str, list[dict[str, Any]]]) -> None:
    assert cases[section]
    for case in cases[section]:
        assert SECTIONS[section](extract(case["text"])) == case["expected"], case["description"]
