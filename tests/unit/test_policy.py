"""A policy is a value: the same content is the same policy, and a wrong one says which key is wrong."""

from pathlib import Path

import pytest

from attribution.policy import Policy, PolicyError, parse_policy

TEXT = Path("attribution/policies/default.toml").read_text(encoding="utf-8")
POLICY = parse_policy(TEXT)


def test_the_default_policy_is_the_agreed_one():
    assert POLICY.sessions.timeout_minutes == 30
    assert POLICY.stages.order[2:4] == ("marketing_qualified", "sales_qualified")
    assert POLICY.identity.degree_caps["anon"] == 8
    assert len(POLICY.version) == 16
    assert int(POLICY.version, 16) >= 0


def test_formatting_and_the_order_of_keys_make_no_new_version():
    section = "[sessions]\ntimeout_minutes = 30\nnew_session_on_new_source = true\n"
    assert section in TEXT
    moved = (
        TEXT.replace(section, "")
        + "\n\n# moved\n[sessions]\n  new_session_on_new_source=true\n  timeout_minutes=30\n"
    )
    swapped = TEXT.replace('"adwords", "google ads"', '"google ads",   "adwords"')
    assert swapped != TEXT
    for text in (moved, swapped):
        other = parse_policy(text)
        assert other.version == POLICY.version
        assert other == POLICY
        assert hash(other) == hash(POLICY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout_minutes = 30", "timeout_minutes = 31"),
        ("epoch = 3", "epoch = 4"),
        ('id = "paid_other"\nchannel = "paid_other"', 'id = "paid_other"\nchannel = "paid_search"'),
        ('"qq.com", "foxmail.com"', '"foxmail.com"'),
    ],
)
def test_any_change_of_content_makes_a_new_version(old: str, new: str):
    assert old in TEXT
    assert parse_policy(TEXT.replace(old, new, 1)).version != POLICY.version


def test_the_version_does_not_depend_on_how_a_process_orders_a_set():
    names = [f"user:{letter}" for letter in "hgfedcba"]
    internal = POLICY.internal.model_copy(update={"identifiers": frozenset(names)})
    assert internal.model_dump(mode="json")["identifiers"] == sorted(names)


def test_the_order_of_channel_rules_is_content():
    rules = POLICY.channels.rules
    channels = POLICY.channels.model_copy(update={"rules": (rules[1], rules[0], *rules[2:])})
    assert POLICY.model_copy(update={"channels": channels}).version != POLICY.version


def test_a_copy_does_not_keep_the_version_of_its_original():
    assert POLICY.version  # computed and remembered before the copy is made
    copy = POLICY.model_copy(update={"epoch": 7})
    assert copy.epoch == 7
    assert copy != POLICY
    assert POLICY.model_copy() == POLICY


def test_a_policy_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        POLICY.epoch = 2  # type: ignore[misc]  # it is frozen


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("timeout_minutes = 30", 'timeout_minutes = "soon"', "sessions.timeout_minutes", "valid integer"),
        (
            "timeout_minutes = 30",
            "timeout_minutes = 0",
            "sessions.timeout_minutes",
            "greater than or equal to 1",
        ),
        ("timeout_minutes = 30", "timeout_minuets = 30", "sessions.timeout_minuets", "not permitted"),
        ("epoch = 3", "epoch = -1", "epoch", "greater than or equal to 0"),
        ("'^affiliate$'", "'^(affiliate$'", "channels.rules", "not a regular expression"),
        ('paid = "ambiguous"', 'paid = "perhaps"', "click_ids.fbclid.paid", "'yes', 'no' or 'ambiguous'"),
        ('encodings = ["gb18030", "utf-8"]', 'encodings = ["gb99"]', "engines.known", "not a text encoding"),
        ('id = "paid_other"', 'id = "paid_video"', "channels", "used twice"),
        ('hosts = ["claude.ai"]', 'hosts = ["kimi.com"]', "engines", "stands in 'claude' and in 'kimi'"),
        ('won = ["customer",', 'one = ["customer",', "stages", "unknown stage 'one'"),
        ('won = ["closed won"]', 'won = ["closed lost"]', "stages", "gives 'closed lost' two stages"),
        ("{ direct = true }", "{ }", "channels.rules", "must name something"),
    ],
)
def test_a_bad_policy_is_refused_in_a_sentence_that_names_the_key(old: str, new: str, key: str, says: str):
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        parse_policy(TEXT.replace(old, new, 1))
    sentence = str(refused.value)
    assert sentence.startswith("The policy can't be used: ")
    assert sentence.endswith(".")
    assert key in sentence
    assert says in sentence


def test_text_that_is_not_toml_is_refused():
    with pytest.raises(PolicyError, match=r"^The policy is not valid TOML: .*at line 1.*\.$"):
        parse_policy("name = \nepoch = 1")


def test_a_missing_section_is_named():
    with pytest.raises(PolicyError, match="sessions: Field required"):
        parse_policy('name = "empty"\nepoch = 1')


@pytest.mark.parametrize(
    ("system", "raw", "stage"),
    [
        ("hubspot", "marketingqualifiedlead", "marketing_qualified"),
        ("HubSpot", "salesqualifiedlead", "sales_qualified"),
        ("hubspot", "evangelist", "won"),
        ("salesforce", "Open - Not Contacted", "lead"),
        ("salesforce", "Closed - Converted", "opportunity"),
        ("Salesforce", "  Negotiation/Review ", "opportunity"),
        ("salesforce", "Closed Won", "won"),
        ("anything", "MQL", "marketing_qualified"),
        ("anything", "Sales Qualified Lead", "sales_qualified"),
        ("fxiaoke", "市场合格线索", "marketing_qualified"),
        ("fxiaoke", "销售合格线索", "sales_qualified"),
        ("fxiaoke", "商机", "opportunity"),
        ("", "POC", "poc"),
        ("", "赢单", "won"),
        ("", "输单", "lost"),
        ("", "无效线索", "disqualified"),
        ("", "回收", "recycled"),
        ("hubspot", "a stage of one's own", ""),
        ("", "", ""),
    ],
)
def test_crm_wordings_become_stages(system: str, raw: str, stage: str):
    assert POLICY.stages.stage_of(system, raw) == stage


def test_every_stage_has_a_wording_in_any_system():
    assert set(POLICY.stages.mapping["*"]) == {*POLICY.stages.order, *POLICY.stages.terminal}


@pytest.mark.parametrize(
    ("kind", "value", "blocked"),
    [
        ("anon", "00000000-0000-0000-0000-000000000000", True),
        ("anon", "0000", True),
        ("anon", "-1", True),
        ("user", "NULL", True),
        ("user", "anonymous", True),
        ("user", " undefined ", True),
        ("user", "[object Object]", True),
        ("phone", "11111111111", True),
        ("phone", "13888888888", True),
        ("phone", "1234567890", True),
        ("anon", "(not set)", True),
        ("anon", "00-00", True),
        ("anon", "-", True),
        ("anon", "xxxxxxxx", True),
        ("user", "{{user.id}}", True),
        ("crm", "0", True),
        ("crm", "无", True),
        ("crm", "1", False),
        ("crm", "111111", False),
        ("crm", "1234567", False),
        ("user", "1", False),
        ("user", "", True),
        ("anon", "3f2a0d3e-93a5-4c55-9a4f-1d21c07c39b1", False),
        ("user", "10293", False),
        ("phone", "13805171234", False),
        ("email", "test@firm.cn", True),
        ("email", "Info@firm.cn", True),
        ("email", "somebody@example.com", True),
        ("email", "no address", True),
        ("email", "wang.fang@firm.cn", False),
        ("email", "testa.rossa@firm.cn", False),
        ("user", "info@firm.cn", False),
    ],
)
def test_values_that_name_nobody_are_blocked(kind: str, value: str, blocked: bool):
    assert POLICY.identity.blocks(kind, value) is blocked


def test_the_model_holds_what_the_file_says_and_nothing_by_default():
    with pytest.raises(ValueError, match="bounds"):
        Policy.model_validate({**POLICY.model_dump(), "bounds": {}})


def test_how_long_versions_are_kept_derives_nothing_anew(policy: Policy) -> None:
    longer = policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"all_versions_days": 90})}
    )
    forgetful = policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"anonymous_days": 90})}
    )
    assert longer.version == policy.version != forgetful.version
