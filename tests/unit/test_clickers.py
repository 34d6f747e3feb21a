"""Who clicks on a link: people in any app, and not what looks at links before them."""

import pytest

from attribution.bots import is_crawler
from attribution.policy import Policy

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
PEOPLE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50",
    f"Mozilla/5.0 (Linux; Android 14; V2318A) {CHROME} Mobile Safari/537.36 AliApp(DingTalk/7.6)",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36 Lark/7.30 LarkLocale/zh_CN",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
]
MACHINES = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "DingTalkBot-LinkService/1.0 (+https://www.dingtalk.com)",
    "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))",
    "Mozilla/5.0 (Windows NT 6.1) Mimecast-URL-Scanner",
    "Mozilla/5.0 SafeLinks",
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.23.20.0",
    "SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "curl/8.5.0",
    "python-requests/2.32",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_click_in_browsers_and_in_the_apps_in_which_they_read(policy: Policy, agent: str) -> None:
    assert not is_crawler(agent, policy)


@pytest.mark.parametrize("agent", MACHINES)
def test_previews_and_scanners_say_what_they_are(policy: Policy, agent: str) -> None:
    assert is_crawler(agent, policy)
