"""Small words in English, Russian and Chinese: those that refuse what stands beside them, and those that say nothing.

Parted by `|`; a trailing `*` allows any ending.
"""

NEGATORS = (
    "no|not|without|without any|w/o|minus|excluding|except|avoid|omit|skip|lacking|don't want|do not want|don't use|"
    "do not use|never|non|neither|nor|free of|no more|remove|leave out|leaving out|leave off|rid of|"
    "без|не|нет|кроме|исключая|никак*|ни|убери|уберите|убрать|исключи|исключите|исключить|откажись от|"
    "不要|没有|无|不用|不使用|不含|不带|去掉|除去|别用|别要|不需要|不想要|不加|勿|禁止|不|除了|拒绝"
)
ENDS_NEGATION = "but|with|instead|however|yet|но|зато|с|со|только|但|但是|只|只有|而是|加上|加"
EITHER = "or|или|либо|或|或者|或是"
"""In a list that began with a negation these mean that it still goes on."""
AFTER_NEGATED = "free|less"
"""English puts some negations behind: drum-free, drumless."""
OFF = "off|muted|turned off|выключены|выключен|отключи|не надо|не нужн*|не нужен|除外|免了|关掉|关闭"
"""What refuses the thing before it, `drums off`, or, where none is, the one behind it: `не надо ударных`."""

FILLERS = (
    "a|an|the|and|of|in|on|at|to|for|by|from|is|it|its|be|some|any|very|more|much|please|make|create|generate|"
    "write|compose|play|played|give|me|i|want|need|like|that|this|with|feel*|mood*|vibe*|sound*|music|musical|song|"
    "track|tune|piece|tempo|key|time|style|styled|bpm|instrument*|background|really|quite|little|bit|kind|sort|as|"
    "be|should|nice|good|beautiful|something|minute*|second*|seconds|use|using|featuring|but|instead|scale|mode|"
    "line|part|parts|section|around|about|approximately|roughly|bar|bars|twelve-bar|groove|"
    "и|с|со|в|во|на|для|из|к|по|от|до|под|а|но|очень|более|пожалуйста|сделай|создай|напиши|сгенерируй|хочу|мне|"
    "что|это|как|чтобы|музык*|песн*|трек*|композици*|мелодию|темп*|тональност*|стил*|настроени*|звук*|звуч*|фон*|"
    "инструмент*|красив*|хорош*|немного|чуть|секунд*|минут*|удар*|размер*|около|примерно|пьес*|"
    "的|和|与|及|在|有|用|请|来|一|个|首|段|些|点|很|非常|写|做|生成|创作|音乐|歌曲|曲子|曲|乐|风格|速度|节奏|"
    "情绪|感觉|我|要|想|带|以|为|是|了|背景|一首|一段|好听|伴奏|调|秒|分钟|每分钟|拍|歌|首歌|大约|左右|不错|不断|不同|特别"
)
