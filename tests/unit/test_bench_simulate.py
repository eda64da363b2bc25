"""The cost model's arithmetic, on networks small enough to reckon by hand."""

import math
import re
from dataclasses import asdict
from pathlib import Path
from xml.dom import minidom

import pytest

from bench import simulate
from bench.simulation.assumptions import Assumed, Measured
from bench.simulation.model import Authors, cheapest, costs, network, percentile, power_law, slowest, within
from bench.simulation.plot import Mark, Panel, draw, short, top_of_axis

AUTHORS = [Authors(1, 100, 2), Authors(10, 4, 1)]
ASSUMED = Assumed(
    mean_followers=14,
    active=0.5,
    passive=0.25,
    active_follows=1,
    reads_per_tweet=5,
    utilisation=0.5,
    redis_bytes=1e9,
    spare_workers=1,
)
MEASURED = Measured(redis_entries=100, worker_entries=40, redis_lists=1000, list_bytes=8)


def assert_costs(threshold: float, **expected: float) -> None:
    found = asdict(costs(AUTHORS, threshold, ASSUMED, MEASURED))
    assert found == pytest.approx({"threshold": threshold} | expected)


def test_power_law_by_rank() -> None:
    """With exponent 2 the r-th has 1/r of what the first has."""
    groups = power_law(4, 2, 25 / 12)
    assert [count for count, _ in groups] == [1, 1, 1, 1]
    assert [followers for _, followers in groups] == pytest.approx([4, 2, 4 / 3, 1])


def test_groups_of_ranks_are_everybody() -> None:
    groups = power_law(12_345, 2.276, 45.5)
    assert sum(count for count, _ in groups) == 12_345
    assert sum(count * followers for count, followers in groups) == pytest.approx(12_345 * 45.5)
    assert [followers for _, followers in groups] == sorted((followers for _, followers in groups), reverse=True)
    assert [count for count, _ in groups[:200]] == [1] * 199 + [2]


def test_who_has_more_followers_posts_more_up_to_a_point() -> None:
    assumed = Assumed(
        exponent=2, mean_followers=25 / 12, rate_exponent=1, rate_followers=2, tweets_per_day=86_400 * 19 / 24, peak=2
    )
    rates = [each.tweet_rate for each in network(4, assumed)]
    assert rates == pytest.approx([2, 2, 4 / 3, 1])


def test_costs_with_a_famous_author() -> None:
    assert_costs(
        threshold=100,
        famous=1,
        mean_deliveries=20 / 12,
        p99_deliveries=2,
        deliveries=20,
        pulls_per_page=10,
        timeline_bytes=66,
        pull_index_bytes=8,
        workers=2,
        redis_by_load=20 / 100 + 60 * 11 / 1000,
        redis_servers=2,
        bound_seconds=10 * (2 / 80) ** 2 / (2 * 0.75) + 2 / 80,
    )


def test_costs_with_nobody_famous() -> None:
    assert_costs(
        threshold=101,
        famous=0,
        mean_deliveries=10,
        p99_deliveries=50,
        deliveries=120,
        pulls_per_page=0,
        timeline_bytes=66,
        pull_index_bytes=0,
        workers=7,
        redis_by_load=120 / 100 + 60 / 1000,
        redis_servers=3,
        bound_seconds=(2 * (50 / 280) ** 2 + 10 * (2 / 280) ** 2) / (2 * (1 - 120 / 280)) + 50 / 280,
    )


def test_memory_asks_for_servers_too() -> None:
    assumed = Assumed(active=0.5, passive=0.25, redis_bytes=20)
    idle = [Authors(each.count, each.followers, 1e-9) for each in AUTHORS]
    assert costs(idle, 100, assumed, MEASURED).redis_servers == 4


@pytest.mark.parametrize(("share", "value"), [(0.5, 1), (0.9, 1), (0.91, 7), (1, 7)])
def test_percentile(share: float, value: float) -> None:
    assert percentile([(1, 7), (9, 1)], share) == value


def test_slowest() -> None:
    """Half busy with equal jobs of a second each: half a second of waiting."""
    assert slowest([(0.5, 10)], 10) == 1.5
    assert slowest([], 10) == 0


def test_bound_and_cheapest() -> None:
    curve = [costs(AUTHORS, threshold, ASSUMED, MEASURED) for threshold in (4, 100, 101)]
    assert [each.threshold for each in (within(curve, 0.1), within(curve, 1))] == [100, 101]
    assert cheapest(curve).threshold == 100
    assert cheapest([curve[2], curve[2]]) is curve[2]


def test_axes() -> None:
    assert [top_of_axis(highest) for highest in (0, 0.7, 1, 1.1, 8.5, 99, 100, 101)] == [
        1,
        0.8,
        1,
        2,
        10,
        100,
        100,
        200,
    ]
    assert [short(number) for number in (0, 2.5, 1000, 2_500_000, 4e9)] == ["0", "2.5", "1k", "2.5M", "4G"]


def test_a_curve_fills_its_panel() -> None:
    panel = Panel("<entries>", "threshold", [10, 100, 1000], [0, 2, 4], [Mark(100, "here")])
    svg = draw([panel, panel, panel], columns=2)
    minidom.parseString(svg)  # noqa: S318
    assert '<svg xmlns="http://www.w3.org/2000/svg" width="920" height="540"' in svg
    assert set(re.findall(r'points="(.*?)"', svg)) == {"62.0,226.0 252.0,133.0 442.0,40.0"}
    assert svg.count("&lt;entries&gt;") == 3
    assert re.findall(r"translate\((.*?)\)", svg) == ["0 0", "460 0", "0 270"]


def test_the_plot_in_docs_is_of_these_constants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate.main(["--plot", str(tmp_path / "plot.svg")])
    assert (tmp_path / "plot.svg").read_text("utf-8") == simulate.PLOT.read_text("utf-8")
    said = capsys.readouterr().out
    simulate.main(["--plot", str(tmp_path / "plot.svg")])
    assert capsys.readouterr().out == said


def test_constants_are_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--plot", str(tmp_path / "plot.svg"), "--list-bytes", "16200"]
    simulate.main(arguments)
    doubled = costs(network(1_000_000, Assumed()), math.inf, Assumed(), Measured(list_bytes=16_200)).timeline_bytes
    assert f"timelines of {doubled / 1e9:.1f} GB" in capsys.readouterr().out
