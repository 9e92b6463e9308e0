"""Words of opt-outs, answers and complaints in other systems, and words that change their meaning."""

from __future__ import annotations

from kaskad.domain.cleaning import word_set
from kaskad.services.ingestion.consenting.consent_answers import NOTHING, REFUSALS

# Before a channel: the means. `Complaint via Email` and `Complaint Email` are not about e-mails.
COMPLAINT = word_set("complaint complaints")
MEANS = word_set("by via through over") | COMPLAINT
_CHANNELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(word_set("email emails mail mails newsletter newsletters письма писем"), ("email",)),
    **dict.fromkeys(word_set("рассылка рассылки рассылку рассылок розсилка розсилки rassylku rassylki"), ("email",)),
    **dict.fromkeys(("sms", "text", "texts", "смс"), ("sms",)),
    **dict.fromkeys(("push", "pushes", "пуш", "пуши"), ("push", "webpush")),
    **dict.fromkeys(("call", "calls", "звонки", "звонков", "звонить"), ("call",)),
    **dict.fromkeys(("phone",), ("call", "sms", "viber")),
    **{word: (word,) for word in ("webpush", "viber", "whatsapp", "telegram", "inapp")},
}
CHANNELS = _CHANNELS | {f"via {word}": channels for word, channels in _CHANNELS.items()}
WRITTEN = _CHANNELS.keys() - word_set("call calls phone звонки звонков звонить")

# Words of customers who refuse, or the name of that act.
ACTED = word_set("unsubscribed unsubscribes optedout отписался отписалась отписан отписана dnc")
REFUSING = ACTED | word_set(
    "unsubscribe unsubscribing unsubscription unsubscriptions unsubscriber unsub unsubs optout optouts отписка отписки"
    " отписаться"
)
PAIRS = tuple(map(frozenset, (("opt", "out"), ("opted", "out"), ("opts", "out"), ("opting", "out"))))
NOT_CONTACTING = tuple(map(frozenset, (("not", "do"), ("dont",), ("не",))))
CONTACTING = word_set(
    "contact disturb message send беспокоить тревожить звонить писать присылать отправлять отправляйте звоните пишите"
)
CONSENT = word_set("consent consents soglasie согласие согласия согласий")
CONSENTED = CONSENT | word_set("consented subscribe subscribed optedin optin подписан подписана")
OFFERED = word_set("marketing mailing mailings newsletter newsletters реклама рекламы рекламу") | word_set(
    "рассылка рассылки рассылку рассылок"
)
CONSENTING = CONSENTED | OFFERED | word_set("advertising ads targeting accepts accepted")
ADVERTISING = frozenset(("advertising", "ads", "targeting"))
SUBSCRIBING = word_set("subscription subscriptions preference preferences подписка подписки")
REVOKED = word_set(
    "revoked revoke revokes withdrawn withdraw withdrew denied declined declines refused refuses rejected removed"
    " отозвано отозваны отозвал отозвала отказ отказы отказался отказалась отклонил отклонила отклонено"
)
ENDED = word_set("cancelled canceled disabled stopped ended deleted")
UNWANTED = word_set("declined declines refused refuses denied revoked withdrawn disabled stopped")
SENT = word_set("emails mails texts communications notifications")  # in the plural: no single one was sent back
NOT_SENT = word_set("campaign campaigns draft template tag card payment cookie banner")
STOPPING = word_set("received keyword request requested reply replied") | {"stop"}
REVIEW = frozenset(("отзыв",))  # of consent: a withdrawal; else a review
DECLINING = word_set("отказ отказы отказался отказалась")
CHANGED = word_set("updated update changed change set saved изменено изменена изменены обновлено обновлена")
COMPLAINING = COMPLAINT | word_set("complained жалоба жалобы пожаловался пожаловалась")
SPAM = word_set("spam spamreport junk спам")
REPORTING = COMPLAINING | word_set("spamreport report reported reports marked mark flagged")
MESSAGES = word_set(
    "message messages communication communications notification notifications alert alerts updates news promo"
    " promotions promotional сообщения сообщений уведомления уведомлений"
)
BESIDE = word_set(
    "from of off to by via for in the all any every everything global globally list lists group groups user users"
    " customer customers contact contacts profile person recipient subscriber messages communication communications"
    " promo promotions promotional has have is was were do not opt opted opts out dont status state value category"
    " categories segment as marked mark report reported me us granted given agreed allowed answer decision action"
    " enabled on message notifications wants want wishes receive receives get gets permission weekly monthly daily"
    " от из на не na від"
)
SPOKEN = (
    BESIDE | CHANNELS.keys() | REFUSING | CONTACTING | CONSENTING | SUBSCRIBING | REVOKED | CHANGED | SPAM | COMPLAINING
) | frozenset(("abuse",))
WANTING = word_set("wants want wishes receive receives get gets permission")
AGREEING = word_set("agree agrees agreed agreement allowed permitted ok согласен согласна согласны")
WANTED = word_set("news updates offers promo promos promotions")  # what nobody gets but as a message
TOPICS = word_set("topic topics")
# Words that give permission, and names of answers.
ALLOWING = word_set(
    "can may allow allows notification notifications settings setting channels attributes properties custom topic"
    " topics promotions is should info actions value answer"
)
WHICH_CHANNEL = word_set("type channel channeltype medium pointofcontact")  # normalized: names whose value is a channel

# Words that cancel a refusing word, in whatever form.
UNDOING = word_set(
    "undo undone undid resubscribe resubscribed resubscribes resubscription reinstated never without risk likely"
    " unlikely predicted prediction probability propensity score rate rates count counts statistics stats"
)
# Words that cancel the name of the act, or of a place: not `Unsubscribe Failed`, but `Failed: Unsubscribed` refuses.
LOOKING = word_set(
    "viewed view views seen shown displayed opened visited loaded hovered previewed impression failed fail failure"
    " error reverted restored abandoned aborted dismissed skipped reminder reminders reminded survey surveys feedback"
    " prevented"
)
PLACES = word_set(
    "page pages link links url urls href token button form screen template banner popup dialog footer header"
    " confirmation code"
)
DOING = word_set("clicked pressed submitted requested confirmed completed used tapped filled")
OTHER_THINGS = word_set(
    "product products item items waitlist wishlist stock plan plans premium trial membership podcast calendar thread"
)
DELIVERING = word_set("delivery courier driver door order before after until till start end hours track")
# Data about a consent, without being the answer; and other things that one can consent to.
TELLING = word_set(
    "source method ip version number timestamp time date at url link id form page reason language country required"
    " needed requires asked shown double save"
)
OTHER_MATTERS = word_set(
    "analytics cookie cookies tracking functional performance necessary location camera microphone photo photos"
    " terms age"
)
CATEGORIES = frozenset(("category", "categories"))  # of a banner: each means what its name says
COMPLAINT_BESIDE = SPOKEN | word_set("received feedback loop fbl esp isp provider api webhook event v for about gmail")
NO_SPAM = word_set(
    "filter filters folder score check checked test food trap bot not detected comment review post seller product"
)

NOT_SUBSCRIBED = word_set("notsubscribed nonsubscribed notoptedin didnotsubscribe неподписан неподписана")
DENIED = (REFUSALS | NOTHING | NOT_SUBSCRIBED | {"didnotconsent"}) - {"pending", "not", "null", "nan", "undefined", ""}

# Whoever is on such a list is not written to; the same act in other languages.
BARRED = word_set(
    "blacklisted blacklist suppressed suppress stopall deceased désabonnement désabonné désinscription abmeldung"
    " abgemeldet відписка відписався відписалася запрет"
)
BARRED_BESIDE = word_set("sending is from all рекламные рекламных сообщения сообщений рекламу рекламы")
GONE = word_set("deleted erased is was has")  # of a profile
# A request to be erased: the act, and whom or what it is about.
ERASING = word_set("deletion erasure erase redact redacted deleted delete удалить удаление удалён удален forgotten")
ERASED = word_set(
    "user users account accounts customer customers profile contact my data personal gdpr аккаунт аккаунта профиль мои"
    " данные данных персональные right"
)
ERASURE_BESIDE = word_set("request requested requests confirmed completed to be of the has was")
DO_NOT = word_set("donotcontact dnc donotdisturb donotemail donotcall donotsms donotmail")
STOP_WORDS = word_set("stop stopall unsubscribe cancel end quit optout стоп отписка отписаться")
SETTINGS = word_set("settings setting preferences preference")
