"""Meanings of texts in HTTP providers' responses, one table per outcome; `error_classification` has their order.

A text with two meanings is in the table with the least harm: such a text neither removes an address nor counts as
a blocked account.
"""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


GAP = r"(?:[\w ,:'()\[\]-]|\.(?=\w)){0,40}?\b"  # a few words of the same sentence
PEOPLE = r"\b(?:user|recipient|receiver|subscriber|customer|contact|addressee|person|member)"
BLOCKED = (
    r"(?:suspended|blocked|disabled|deactivated|inactive|locked|banned|barred|restricted|frozen|terminated|closed)"
)
BLOCKLIST = r"(?:block ?list\w*|black ?list\w*|dnsbl|rbl|spamhaus|spamcop|barracuda\w*|sorbs)"
PEOPLE_RU = r"(?:номер|абонент|получател|пользовател|адресат)"
OURS = r"(?:account|sub ?account|workspace|subscription|ip|ip address(?:es)?|domain|sender|client|profile|project)"
# The sender of the message.
SHOWN = (
    r"(?:(?:sender|originator|alpha ?name|from ?name)(?: ?(?:id|name|address|signature|identity|domain|e ?mail))?"
    r"|(?:sending|from) domain|source (?:address|addr|number))"
)

# It may have been sent before: counting this as a refusal would send it again, by the next channel.
REPEATED = _any(
    r"\b(?:de)?duplicat(?:e|ed|es|ion)\b",
    r"(?<!invalid )(?<!missing )(?<!bad )\bidempoten\w+\b"
    rf"(?!{GAP}(?:invalid|missing|required|malformed|too long|must be))",
    r"\balready (?:been )?(?:sent|submitted|processed|accepted|received|delivered|queued|enqueued|in progress)\b",
    rf"\b(?:message|request|key|id|notification|transaction)\b{GAP}already (?:been )?(?:exists?|used|in use|known)\b",
    r"\bidentical (?:message|request|sms|e ?mail|notification)s?\b",
    r"\bsame (?:message|request|sms|e ?mail|text|notification) (?:was|has been)(?: already)?"
    r" (?:sent|received|accepted)\b",
    r"повторн\w+ (?:запрос|сообщени|отправ)|дублика|дублир|уже (?:было )?отправлен",
)
# A part of the request appears twice, or a name is already in use: nothing was sent.
DOUBLED = _any(
    r"\bduplicat(?:e|ed|es|ion)(?: of)?(?: (?!idempoten)\w+){0,3} headers?\b",
    r"\bduplicat(?:e|ed|es|ion)(?: of)?(?: (?!message|request|value|id\b|key\b)\w+)? (?:param(?:eter)?s?|fields?"
    r"|attributes?|propert(?:y|ies)|elements?|columns?|variables?|placeholders?|attachments?|templates?)\b",
    r"\bduplicate instance of \[",
    r"\bduplicated? (?:e ?mail |to |cc )?(?:address(?:es)?|recipients?) (?:in|within|across) (?:the |one |a )?"
    r"(?:to|cc|bcc|personali[sz]ation|request|list|field|envelope)\b",
    r"\bduplicated? (?:\w+ )?keys? (?:\w+ )?(?:in|within|of) (?:\w+ )?(?:json|object|body|document|payload)\b",
    r"\b(?:headers?|param(?:eter)?s?|attributes?|attachments?)\b(?: (?:id|name|\w{1,20}))?"
    r"(?: (?:is|are|was|were|has been|have been))?(?: \w+)? duplicated?\b",
    r"\balready (?:been )?(?:exists?|used|in use|known)(?: (?:by|in|for|on|as|with))? (?:another|other|a different)"
    r" (?!message|request|notification|transaction|call|send)\w+",
    r"\b(?:template|campaign|contact|webhook|tag|segment|profile) with (?!\w* ?message|\w* ?request)[\w ]{1,40}"
    r"\balready exists?\b",
)
# No error of anybody: too many requests at once. It was not processed.
TOO_FAST = _any(
    r"\bthrottl\w*\b(?!.*\bquota\b)",
    r"(?<!daily )(?<!weekly )(?<!monthly )(?<!plan )(?<!account )(?<!trial )\b(?:api (?:call |request )?|(?<!api )call "
    r"|(?<!api )request )limits?(?: (?:is|was|has been))? (?:exceeded|reached|hit)\b",
    r"\brate limit|\brate (?:has been |was |is )?exceeded\b|\brate overlimit\b",
    r"\b(?:sending|message|request|send|call) rate\b",
    r"\btoo many (?:requests|calls|messages per|sms per)\b|\btoo (?:fast|quickly|frequent(?:ly)?)\b",
    r"\b(?:requests|messages|sms|calls) per (?:second|minute)\b|\bslow down\b|\bflood (?:control|wait)",
    r"слишком (?:много запросов|часто|быстро)|превышен\w* (?:частот|скорост|лимит запросов|интенсивност)",
)
# The recipient refuses messages: this is permanent.
OPTED_OUT = _any(
    r"\bunsubscribed\b(?! from (?:(?:your|this|the|a) )?(?:\w+ )?(?:plan|api|tariff)\b)",
    rf"(?:{PEOPLE}|\bplayer|\bdevice)s? (?:is |are |has )?not subscribed\b"
    r"(?! (?:to|for) [\w ]{0,30}?\b(?:api|plan|service|tariff|package|product|feature|module)s?\b)",
    r"\bopted ?out\b",
    r"\bopt ?out list\b|\ball suppressed\b|\bsuppressed (?:recipients?|e ?mails?|addresses|numbers)\b",
    rf"\b(?:blocked|muted|stopped|banned) by (?:the |this |a )?{PEOPLE}",
    rf"{PEOPLE} (?:has |have )?blocked (?:you|the|this|your|our|all|messages|bot|sender)\b",
    rf"{PEOPLE} (?:\w+ )?(?:does not|doesn t|do not) want\b",
    r"\b(?:stop ?list|suppression list|do not (?:contact|call|disturb|email|text))\b",
    rf"{PEOPLE}(?:\(s\)|s)? (?:\w+ ){{0,4}}marked as inactive\b|\binactive recipients?\b",
    rf"(?:{PEOPLE}|\b(?:number|phone|msisdn|destination))\b{GAP}(?:black ?list|suppressed)",
    r"\b(?:due to|because of|sent|received|by|after)(?: an?| the)?"
    r" stop (?:message|keyword|request|reply|word|command)\b",
    r"\b(?:replied|answered|texted)(?: with)?(?: an?)? stop\b",
    r"violates a blacklist rule",
    r"стоп ?лист|ч[её]рн\w+ спис\w+|отписал",
)
# The shop's sender is on such a list: the recipient did not ask for that.
OWN_LISTED = _any(
    rf"(?:\b(?:sender|sending|your|our) (?:(?!{PEOPLE})\w+ ){{0,2}}|\bip (?:address(?:es)? )?(?:[\d.:]+ )?"
    r"|\bfrom (?:phone )?(?:number|address) )(?:is|are|was|were|has been|in|on)\b"
    rf"(?: (?!{PEOPLE})\w+){{0,5}} (?:stop ?list|suppression list|black ?list\w*|suppressed)\b",
    rf"\b(?:отправитель|(?:имя|номер|адрес|ip|домен|сервер) отправителя|ip(?: адрес)?|ваш\w* (?!{PEOPLE_RU})\w+)\b"
    rf"(?: (?!{PEOPLE_RU})[\w.]+){{0,5}} (?:стоп ?лист|ч[её]рн\w+ спис\w+)",
)
# An error during processing: the outcome is unknown.
BROKEN = _any(
    r"\b(?:internal|unexpected) (?:(?:server|system|service|application) )?(?:error|failure|exception)\b",
    r"\b(?:service|server|system|gateway) (?:is )?(?:(?:temporarily|currently) )?"
    r"(?:unavailable|down|busy|overloaded)\b",
    r"внутренн\w+ ошибк|(?:сервис|сервер|система) (?:временно )?(?:недоступ|перегруж)",
)
# The address does not exist, and never will.
GONE = _any(
    r"\bchat not found\b",
    r"\bno such (?:recipient|receiver|subscriber|(?:push|device|browser) subscription|device|chat)\b",
    r"(?<!your )(?<!our )\b(?:push|device|browser) subscription\b(?! (?:plan|service|api|tariff|package|module))"
    r".{0,40}?\b(?:expired|not found|not exist|no longer|gone|invalid)\b",
    r"\bsubscription (?:of|for|on) (?:the|this|that) (?:device|browser|endpoint|player)\b(?: \w+){0,2}"
    r" (?:expired|not found|no longer (?:valid|active)|gone)\b",
    r"\b(?:receiver|recipient|addressee|subscriber|device|registration token)(?: is)? not registered\b",
    r"(?<!from )(?<!sender )(?<!phone )\b(?:phone number|number|phone|destination)\b[\w +:]{0,24}?"
    r"\bnot (?:registered|found) (?:on|in|with|at) (?:viber|whats ?app|telegram)\b",
    r"\bhard ?bounced?\b(?! rate)",
    r"\binvalid (?:(?:player|registration|external user) ids?|subscription ids)\b",
    r"\bto (?:phone )?number\b[^.]{0,40}\bis not a valid (?:mobile|phone)\b",
    r"\binvalid to (?:e ?mail )?address\b|\bparsing to\b ?:? ?(?:illegal|invalid)\b",
)
# Keys and permissions are the shop's, whatever else the text names.
KEYS = re.compile(r"\A.*\b(?:credentials?|vapid|keys?|jwt|authenti\w+|authori[sz]\w+)\b.*", re.DOTALL)
# A number is the recipient's, unless the text names one as the shop's own, and none of a recipient.
NUMBER = _any(r"(?<!from )\b(?:phone )?number\b(?! of)|(?<!from )\bphone\b")
OWN_NUMBER = _any(
    r"\bfrom (?:phone )?(?:number|address|e ?mail)\b|\bsender (?:phone )?number\b",
    r"\b(?:invalid|unknown|unregistered|unverified) from\b",
)
OTHER_NUMBER = _any(r"\bto (?:phone )?(?:number|address)\b")
# Anything else about this recipient: it says nothing about other recipients.
RECIPIENT = _any(
    rf"{PEOPLE}(?: s)?(?: account)? {GAP}{BLOCKED}",
    rf"\b(?:recipient|receiver|addressee)\b{GAP}(?:not |un)verified\b",
    rf"{PEOPLE}(?: s)?(?: account)? {GAP}not (?:enabled|permitted)\b",
    rf"\b(?:mailbox|inbox|storage|{PEOPLE[2:]})\b{GAP}(?:full|quota|storage|over limit)",
    r"\bover ?quota\b|\bmailbox size\b",
    rf"{PEOPLE}s? (?:is |are |has )?not subscribed\b(?! to (?:this|the|an?) (?:api|plan)\b)",
    rf"\bto (?:this|the|that|a) (?:{PEOPLE[2:]}|number|phone|destination|address|region|country)\b",
    r"\bmsisdn\b|\brecipient address\b",
    r"\b(?:device|registration|push) token\b|\bbad ?device ?token\b|\bsender ?id ?mismatch\b",
    r"на этот номер|номер телефона|номер\w* получател",
)
# Clearly the shop's account: it affects every message.
ACCOUNT = _any(
    rf"\b(?:sending|daily|hourly|weekly|monthly|plan|account|trial|subscription)\b{GAP}(?:limit|quota|credits?)\b",
    rf"\b(?:limit|quota|credits?)\b{GAP}(?:for|of|on) (?:your|this|the) {OURS}\b",
    rf"\bquota ?exceeded\b|\bexceeded (?:your|its){GAP}(?:quota|limit)\b",
    r"\b(?:insufficient|not enough|no enough|not|no|low|lack of|out of|without|negative|zero)"
    r" (?:account |sms )?(?:funds?|balance|credits?|money)\b",
    r"\b(?:ran|run|running) out of (?:sms|e ?mail|message)? ?(?:credits?|messages|sms|money)\b",
    r"\b(?:do not|don t) have enough (?:funds?|balance|credits?|money)\b",
    r"\bbalance (?:is )?(?:too low|insufficient|not enough|exhausted|negative|empty)\b",
    r"\b(?:credits?|balance) (?:exceeded|exhausted|expired)\b|\bunpaid\b|\boverdue\b|\bpayment required\b",
    rf"\b(?:invalid|wrong|bad|incorrect|missing|unknown|expired|revoked|inactive){GAP}(?:api ?(?:key|token|id|secret)"
    r"|credentials?|(?:access|auth|provider|server|bearer) ?token|authentication|authori[sz]ation|password|login)\b",
    r"\b(?:api ?(?:key|token|id)|(?<!idempotency )(?<!collapse )(?<!registration )key|credentials?|authori[sz]e"
    r"|(?:access|auth|provider|server) token|authentication|authori[sz]ation|password|login)\b"
    rf"{GAP}(?:invalid|wrong|incorrect|expired|revoked|failed|failure|missing|required|disabled"
    r"|not (?:found|valid|recogni[sz]ed))\b",
    r"\b(?:authori[sz](?:e|ation)|authentication|login) error\b|\bauthenticate\b",
    r"\bfrom (?:phone )?(?:number|address)\b|\b(?:invalid|unknown|unregistered|unverified) from\b",
    r"\bunauthori[sz]ed\b|\bunauthenticated\b|\bnot authenticated\b|\bbad credentials\b",
    r"\byou are not subscribed\b",
    r"\b(?:your|account s?|plan|api|service|sms|paid|prepaid|monthly|annual|yearly|trial) "
    r"(?:(?!push|device|browser)\w+ )?"
    rf"(?:subscription|plan|tariff|package|bundle)\b{GAP}"
    r"(?:no longer (?:active|valid)|not (?:found|valid)|expired|ended|gone|cancell?ed)\b",
    rf"\b(?:your|this|the|sending)?\b ?\b{OURS}\b{GAP}"
    rf"(?:{BLOCKED}|not active\w*|pending approval|under review|not approved|(?:not |un)verified|{BLOCKLIST})\b",
    rf"\b{BLOCKED} (?:(?:your|this|the) )?(?:account|ip|sender|domain|api ?key)\b",
    rf"\b(?:blocked|listed|rejected|denied)\b{GAP}{BLOCKLIST}\b",
    r"\bsending (?:is |has been |was )?(?:paused|disabled|suspended)\b",
    r"\b(?:e ?mail )?address(?:es)? (?:is |are )?not verified\b|\bidentit(?:y|ies) failed the check\b",
    rf"\b{SHOWN}{GAP}(?:not (?:allowed|verified|approved|registered|authori[sz]ed|confirmed|found|valid|checked"
    r"|permitted|configured|supported)|rejected|invalid|denied)\b",
    rf"\bnot an? (?:authori[sz]ed|verified|confirmed|approved|registered|valid|allowed) {SHOWN}\b",
    rf"\b(?:account|api|ip|domain)\b{GAP}not (?:enabled|permitted)\b",
    r"(?<!push )(?<!notification )(?<!notifications )(?<!browser )(?<!device )\b(?:access|permission) denied\b"
    rf"(?! (?:by|for) (?:the |this |a )?{PEOPLE[2:]})",
    r"\b(?:no|insufficient|missing) (?:permissions?|privileges?|rights)\b"
    r"(?! (?:from|of|by|to (?:contact|message|write)))",
    r"\b(?:application|app|project)(?: (?:id|code))? (?:is |was )?not found\b(?! (?:on|at)\b)",
    r"\btoken restrictions?\b|\brestrictions? forbids?\b",
    r"\b(?:no|not a|(?:does not|doesn t|don t|do not) have a) (?:confirmed )?sender signature\b",
    r"\b(?:invalid|unverified|unregistered|unapproved|unknown|bad|illegal|unconfirmed|unchecked|unconfigured|unauthori[sz]ed"
    rf"|rejected) (?:{SHOWN}|source)\b(?! (?:of|code|file|image|url)\b)",
    r"\bnot (?:allowed|permitted|authori[sz]ed|able) to send\b",
    r"(?:недостаточно|не хватает|закончил\w*|нет) (?:средств|денег)|(?:нулев|отрицательн)\w+ баланс|баланс исчерпан",
    r"(?:неверн|неправильн)\w+ (?:api|логин|парол|ключ|токен|token|login|password)",
    r"(?:\bip\b|аккаунт|уч[её]тн\w+ запис\w+|отправител)[\w ]{0,40}(?:заблокирован|приостановлен|отключ|не согласован"
    r"|не подтвержд)",
    r"превышен\w*[\w ]{0,40}(?:лимит|квот)",
    OWN_LISTED.pattern,
)
