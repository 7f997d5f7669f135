"""Words that refuse what stands beside them, in English, Russian and Chinese, parted by `|`; a trailing `*` allows any
ending."""

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
