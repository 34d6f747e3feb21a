"""What an ad cost meets the visits that it brought: reports and landing URLs call each platform the same."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from samples.expected import samples, stored

from attribution.origin import origin_of
from attribution.policy import parse_policy
from cli.main import main
from producers.cells.tabular import NotUnderstoodError
from producers.imports import Plan, plan_sem, suggest_sem
from producers.sem.engines import ENGINES
from producers.sem.mapping import parse_report_mapping
from producers.sem.options import SemOptions

POLICY = parse_policy(Path("attribution/policies/default.toml").read_text(encoding="utf-8"))
OPTIONS = SemOptions(received_at=1796083200000, as_of=1796083200000)
SITE = "https://firm.example/p?"
# How visits of each platform's ads are told: by its click id alone, and by the tags that people write.
LANDINGS = {
    "baidu": ("bd_vid=8899", "utm_source=baidu&utm_medium=cpc", "utm_source=bdcl-WD&utm_medium=cpc"),
    "360": ("qhclickid=0123456789abcdef", "utm_source=360&utm_medium=cpc", "utm_source=so360&utm_medium=cpc"),
    "sogou": ("sg_vid=aa11", "utm_source=sogou&utm_medium=cpc", "utm_source=搜狗&utm_medium=cpc"),
    "shenma": ("uctrackid=aa11", "utm_source=shenma&utm_medium=cpc", "utm_source=神马&utm_medium=cpc"),
    "google": ("gclid=Cj0abc", "utm_source=google&utm_medium=cpc", "wbraid=Cj0"),
    "microsoft": (
        "msclkid=aa11", "utm_source=bing&utm_medium=cpc", "utm_source=microsoft&utm_medium=cpc",
    ),
    "meta": ("fbclid=a&utm_medium=cpc", "utm_source=facebook&utm_medium=cpc", "utm_source=fb&utm_medium=cpc"),
    "linkedin": ("li_fat_id=aa11", "utm_source=linkedin&utm_medium=cpc", "utm_source=领英&utm_medium=cpc"),
    "oceanengine": (
        "clickid=EJ1&adid=17",
        "utm_source=toutiao&utm_medium=cpc",
        "utm_source=巨量引擎&utm_medium=cpc",
    ),
    "tencent": ("gdt_vid=wx0aa", "qz_gdt=aa11", "utm_source=腾讯广告&utm_medium=cpc"),
    "zhihu": ("utm_source=zhihu&cb=aa1", "utm_source=zhihu&utm_medium=cpc", "utm_source=知乎&utm_medium=cpc"),
}  # fmt: skip
OF_ANOTHER = """时间,计划名称,单元名称,笔记ID,消费(分),展现量,点击量,互动量
2026-09-25,线索,表单,66f3,12050,1000,40,12
"""
MAPPING = """
platform = "xiaohongshu"
currency = "CNY"
[columns]
day = "时间"
campaign = "计划名称"
ad_group = "单元名称"
impressions = "展现量"
clicks = ["点击数", "点击量"]
cost = "消费(分)"
"""


def read(text: str, mapping: str, name: str = "report.csv") -> Plan:
    mapped = parse_report_mapping(mapping)
    return plan_sem(
        text.encode(), name, SemOptions(received_at=1796083200000, as_of=1796083200000, mapping=mapped)
    )


@pytest.mark.parametrize(
    ("platform", "parameters"),
    [(platform, each) for platform in ENGINES for each in LANDINGS[platform]],
)
def test_a_visit_has_the_platform_and_the_campaign_that_its_cost_has(platform: str, parameters: str) -> None:
    origin = origin_of(f"{SITE}{parameters}&utm_campaign=线索", "", POLICY)

    assert (origin.platform, origin.campaign, origin.paid) == (platform, "线索", True)


def test_every_platform_has_a_report_that_is_read() -> None:
    told = {fact["platform"] for each in samples() for fact in stored(each).get("facts", ())}

    assert set(ENGINES) <= told


def test_another_platforms_report_is_read_by_a_mapping() -> None:
    plan = read(OF_ANOTHER, MAPPING)

    assert plan.error == ""
    (fact,) = (fact.model_dump() for fact in plan.facts)
    assert (fact["platform"], fact["campaign"], fact["ad_group"]) == ("xiaohongshu", "线索", "表单")
    assert (fact["impressions"], fact["clicks"], fact["cost_micros"]) == (1000, 40, 120_500_000)
    assert origin_of(f"{SITE}utm_source=小红书&utm_medium=cpc", "", POLICY).platform == fact["platform"]


def test_hundredths_are_read_as_such_only_if_the_mapping_says_so() -> None:
    plain, said = OF_ANOTHER.replace("(分)", ""), MAPPING.replace("(分)", "")

    assert read(plain, said).facts[0].model_dump()["cost_micros"] == 12_050_000_000
    in_hundredths = said.replace('currency = "CNY"', 'currency = "CNY"\ncost_in = "hundredths"')
    assert read(plain, in_hundredths).facts[0].model_dump()["cost_micros"] == 120_500_000


def test_a_mapping_of_another_file_is_no_mapping_of_this_one() -> None:
    error = read("a,b,c\n1,2,3\n", MAPPING).error

    assert "no row is the header that the mapping is about" in error
    assert "“计划名称”" in error


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x =", "the mapping is no TOML"),
        (MAPPING.replace("xiaohongshu", ""), "platform: it is the name of the platform"),
        (MAPPING.replace("CNY", "YUAN"), "'YUAN' is not the code of a currency"),
        (MAPPING.replace("cost =", "price ="), "columns: 'price' is no field; those are day,"),
        (MAPPING.replace('cost = "消费(分)"', ""), "columns: cost is missing"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(text: str, says: str) -> None:
    with pytest.raises(NotUnderstoodError, match=says.replace("(", r"\(")):
        parse_report_mapping(text)


def test_a_suggested_mapping_reads_the_file_once_its_doubts_are_settled() -> None:
    suggested = suggest_sem(OF_ANOTHER.encode(), OPTIONS)

    assert suggested.count("DOUBT") == 3  # the first line tells of them
    assert "“" not in suggested
    assert '"笔记ID", "互动量"' in suggested
    with pytest.raises(NotUnderstoodError, match="platform"):
        parse_report_mapping(suggested)
    settled = suggested.replace('platform = ""', 'platform = "xiaohongshu"', 1)
    assert read(OF_ANOTHER, settled).facts == read(OF_ANOTHER, MAPPING.replace('"CNY"', '""')).facts


def test_what_lacks_is_a_doubt_of_the_suggestion() -> None:
    suggested = suggest_sem(b"Tag,Kampagne,Klicks,Umsatz\n2026-09-25,A,1,2\n", OPTIONS)

    assert '# cost = ""  # DOUBT' in suggested
    with pytest.raises(NotUnderstoodError, match="no row looks like the header of a report"):
        suggest_sem(b"flour,eggs\n1,2\n", OPTIONS)


def test_the_command_suggests_and_reads_a_mapping(tmp_path: Path) -> None:
    report, mapping = tmp_path / "xhs.csv", tmp_path / "xhs.toml"
    report.write_text(OF_ANOTHER, "utf-8")

    def run(*words: object):
        return CliRunner().invoke(main, ["import", "sem", str(report), *map(str, words)])

    refused = run("--dry-run")
    assert refused.exit_code == 1
    assert "isn't read" in refused.stderr
    assert "--suggest" in refused.stderr
    suggested = run("--suggest")
    assert suggested.exit_code == 0, suggested.output
    mapping.write_text(suggested.stdout, "utf-8")
    assert "platform: it is the name" in run("--mapping", mapping, "--dry-run").stderr
    mapping.write_text(suggested.stdout.replace('platform = ""', 'platform = "xiaohongshu"'), "utf-8")
    done = run("--mapping", mapping, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "would import xiaohongshu: 1 keyword day, 1,000 impressions, 40 clicks, cost 120.50" in done.stdout
    assert "meets nobody" not in done.stdout
    mapping.write_text(suggested.stdout.replace('platform = ""', 'platform = "redbook"'), "utf-8")
    assert "no visit has the platform redbook, by the policy" in run("--mapping", mapping, "--dry-run").stdout
    assert "leave out the others" in run("--dry-run", "--mapping", mapping, "--engine", "baidu").stderr
