"""What ad platforms call the columns of their reports, in the languages of their consoles."""

from typing import Final

LANGUAGES: Final = "Chinese, English, German, French, Spanish, Portuguese, Italian, Dutch and Japanese"
# Of several columns for one field, the name that stands first here counts. A name is compared with the whole
# header first, then without the brackets at its end: "Cost (USD)".
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "day": (
        "日期", "天", "单日", "日", "时间", "统计日期", "投放日期", "day", "date", "gregorian date",
        "time period", "segments.date", "date day", "report date", "日付", "tag", "datum", "jour", "día",
        "fecha", "dia", "data", "giorno", "dag",
    ),
    "starts": (
        "reporting starts", "start date", "报告开始日期", "début des rapports",
        "berichtsstart", "beginn des berichtszeitraums", "inicio del informe", "início dos relatórios",
        "レポート開始日",
    ),
    "ends": (
        "reporting ends", "end date", "报告结束日期", "fin des rapports", "berichtsende",
        "ende des berichtszeitraums", "fin del informe", "fim dos relatórios", "レポート終了日",
    ),
    "period": (
        "week", "week start", "week starting", "week of", "week (mon to sun)", "week start date",
        "week beginning", "week starting monday", "week starting sunday", "week commencing", "周",
        "星期", "周次", "自然周", "month", "month start", "月", "月份", "quarter", "季度", "year", "年",
        "年份", "segments.week", "segments.month", "segments.quarter", "segments.year", "woche", "monat",
        "quartal", "jahr", "semaine", "mois", "trimestre", "année", "semana", "mes", "año", "mês", "ano",
        "settimana", "mese", "anno", "maand", "kwartaal", "jaar", "週", "四半期",
    ),
    "weekday": (
        "day of the week", "day of week", "day & time", "星期几", "wochentag", "jour de la semaine",
        "曜日",
    ),
    "hour": (
        "小时", "时段", "hour", "hour of day", "segments.hour", "stunde", "tageszeit", "heure", "hora",
        "ora", "uur", "時間",
    ),
    "account": (
        "账户", "帐户", "账号", "帐号", "推广账户", "推广帐户", "账户名称", "帐户名称", "推广账户名称",
        "广告主", "广告主名称",
        "account", "account name", "customer.descriptive name", "ad account name", "konto", "kontoname",
        "compte", "nom du compte", "cuenta", "nombre de la cuenta", "conta", "nome da conta",
        "nome account", "accountnaam", "アカウント", "アカウント名", "帳戶", "帳戶名稱",
    ),
    "account_id": (
        "账户id", "帐户id", "账户编号", "广告主id", "客户 id", "customer id", "account id", "account number",
        "customer.id", "kundennummer", "numéro client", "id de cliente", "id do cliente",
    ),
    "campaign": (
        "推广计划", "推广计划名称", "计划", "计划名称", "广告系列", "广告系列名称", "广告计划",
        "广告计划名称", "campaign", "campaign name", "campaign.name", "kampagne", "kampagnenname",
        "campagne", "nom de la campagne", "campaña", "nombre de la campaña", "campanha",
        "nome da campanha", "campagna", "nome della campagna", "nome campagna", "campagnenaam",
        "キャンペーン", "キャンペーン名", "廣告活動", "行銷活動名稱",
    ),
    "campaign_id": (
        "推广计划id", "计划id", "广告系列 id", "广告系列编号", "广告计划id", "campaign id",
        "campaign.id", "kampagnen-id", "id de campagne", "id de campaña", "id da campanha",
    ),
    "ad_group": (
        "推广单元", "推广单元名称", "推广组", "推广组名称", "单元", "单元名称", "广告组", "广告组名称",
        "ad group", "ad group name", "ad_group.name", "ad set name", "ad set", "adset name",
        "anzeigengruppe", "anzeigengruppenname", "name der anzeigengruppe", "groupe d'annonces",
        "nom de l'ensemble de publicités", "grupo de anuncios", "nombre del conjunto de anuncios",
        "grupo de anúncios", "nome do conjunto de anúncios", "gruppo di annunci",
        "nome del gruppo di inserzioni", "nome gruppo di inserzioni", "advertentiegroep",
        "naam advertentieset", "広告グループ", "広告セット名", "廣告群組", "廣告組合名稱",
    ),
    "ad_group_id": (
        "推广单元id", "推广组id", "单元id", "广告组 id", "广告组编号", "ad group id", "ad_group.id",
        "ad set id", "adset id", "anzeigengruppen-id",
    ),
    "keyword": (
        "关键词", "关键词名称", "关键字", "搜索关键字", "search keyword", "keyword", "keyword text",
        "ad_group_criterion.keyword.text", "suchkeyword", "mot clé", "mot-clé",
        "mot clé pour le réseau de recherche", "palabra clave", "palabra clave de búsqueda",
        "palabra clave de la red de búsqueda", "palavra-chave", "palavra-chave da rede de pesquisa",
        "parola chiave", "parola chiave per la rete di ricerca", "zoekwoord", "キーワード",
        "検索キーワード", "關鍵字", "搜尋關鍵字",
    ),
    "keyword_id": (
        "关键词id", "关键字 id", "keyword id", "criterion id", "ad_group_criterion.criterion_id",
        "ad group criterion criterion id",
    ),
    "match_type": (
        "匹配模式", "匹配方式", "关键词匹配模式", "关键词匹配方式", "关键字匹配类型",
        "搜索关键字匹配类型", "匹配类型", "bid match type", "search keyword match type",
        "keyword match type", "match type", "ad_group_criterion.keyword.match_type", "keyword-option",
        "suchkeyword-option", "type de correspondance", "type de correspondance du mot clé",
        "tipo de concordancia", "tipo de concordancia de la palabra clave", "tipo de correspondência",
        "tipo de correspondência da palavra-chave", "tipo di corrispondenza", "zoektype", "マッチタイプ",
        "検索キーワードのマッチタイプ", "比對類型",
    ),
    "device": (
        "设备", "推广设备", "设备类型", "device", "device type", "segments.device", "gerät", "appareil",
        "dispositivo", "apparaat", "デバイス", "裝置",
    ),
    "impressions": (
        "展现", "展现量", "展示", "展示数", "展示量", "展示次数", "展现次数",
        "曝光次数", "曝光量", "impr.", "impr",
        "impressions", "metrics.impressions", "impressionen", "impresiones", "impressões", "impressoes",
        "impressioni", "vert.", "vertoningen", "weergaven", "表示回数", "インプレッション", "曝光次數",
        "曝光",
    ),
    "clicks": (
        "link clicks", "链接点击量", "链接点击", "link-klicks", "clics sur un lien",
        "clics en el enlace", "cliques no link", "clic sul link", "リンクのクリック", "連結點擊次數",
        "点击", "点击量", "点击数", "点击次数", "clicks", "metrics.clicks", "klicks", "clics", "cliques",
        "clic", "klikken", "クリック数", "點擊", "點擊次數", "clicks (all)", "点击量（全部）",
        "klicks (alle)", "clics (tous)", "clics (todos)", "cliques (todos)",
    ),
    "cost": (
        "消费", "消耗", "总费用", "费用", "花费", "总花费", "总消费", "cost", "spend", "metrics.cost",
        "amount spent", "total spent", "花费金额", "已花费金额", "kosten", "ausgegebener betrag", "coût",
        "montant dépensé", "coste", "costo", "importe gastado", "custo", "valor usado", "valor gasto",
        "importo speso", "besteed bedrag", "費用", "消化金額", "花費金額",
    ),
    "cost_micros": ("metrics.cost_micros", "cost micros"),
    "currency": (
        "货币代码", "货币", "币种", "currency code", "currency", "customer.currency_code",
        "währungscode", "währung", "code de devise", "code de la devise", "devise", "código de moneda",
        "moneda", "código da moeda", "moeda", "codice valuta", "valuta", "valutacode", "通貨コード",
        "通貨", "貨幣代碼", "幣別",
    ),
}  # fmt: skip
# Of columns that have no meaning here: they tell the encoding of a file as well.
OTHERS: Final = (
    "点击率", "平均点击价格", "点击均价", "平均排名", "网页转化", "转化", "出价", "质量度", "搜索词",
    "创意", "创意标题", "省", "市", "访问URL", "启用/暂停", "产品线", "触发模式", "点阅率", "點閱率",
    "平均單次點擊出價", "コンバージョン", "クリック率", "平均クリック単価",
)  # fmt: skip
# What a user looks for in the console, where a report lacks it.
IN_CONSOLE: Final[dict[str, dict[str, str]]] = {
    "baidu": {"clicks": "点击", "cost": "消费", "campaign": "推广计划"},
    "360": {"clicks": "点击次数", "cost": "总费用", "campaign": "推广计划"},
    "sogou": {"clicks": "点击数", "cost": "消耗", "campaign": "推广计划"},
    "shenma": {"clicks": "点击", "cost": "消费", "campaign": "推广计划"},
    "google": {"clicks": "Clicks (点击次数)", "cost": "Cost (费用)", "campaign": "Campaign (广告系列)"},
    "microsoft": {"clicks": "Clicks", "cost": "Spend", "campaign": "Campaign name"},
    "meta": {"clicks": "Link clicks", "cost": "Amount spent", "campaign": "Campaign name"},
    "linkedin": {"clicks": "Clicks", "cost": "Total Spent", "campaign": "Campaign Name"},
    "oceanengine": {"clicks": "点击数", "cost": "消耗", "campaign": "项目名称"},
    "tencent": {"clicks": "点击次数", "cost": "花费", "campaign": "推广计划名称"},
    "zhihu": {"clicks": "点击量", "cost": "消耗", "campaign": "计划名称"},
}  # fmt: skip
BY_DAY: Final[dict[str, str]] = {
    "baidu": "时间单位: 分日",
    "360": "时间粒度: 分日",
    "sogou": "分日",
    "shenma": "分日",
    "google": "Segment > Time > Day (细分 > 时间 > 天)",
    "microsoft": "Unit of time: Day",
    "meta": "Breakdown > Time > Day",
    "linkedin": "Time breakdown: Daily",
    "oceanengine": "时间维度: 分天",
    "tencent": "时间粒度: 分日",
    "zhihu": "分日",
}
