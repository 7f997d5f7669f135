"""What people call things, in English, Russian and Chinese.

Words are parted by `|`; a trailing `*` allows any ending, a space or hyphen matches either or none. Chinese words
match anywhere, the others only at the start of a word.
"""

GENRES = {
    "ambient": (
        "ambient|drone|soundscape*|new age|meditation|эмбиент*|амбиент*|медитац*|медитатив*|氛围|环境音乐|冥想"
    ),
    "lofi": "lo-fi|lofi|chillhop|лоу-фай|ло-фай|低保真|lofi音乐",
    "hiphop": ("hip-hop|rap|trap|boom bap|хип-хоп*|рэп*|трэп*|嘻哈|说唱|陷阱音乐"),
    "house": ("house|deep house|disco|dance|edm|club|хаус*|диско|танцевальн*|клубн*|浩室|迪斯科|舞曲|电子舞曲"),
    "techno": ("techno|trance|rave|техно|транс|рейв*|科技舞曲|铁克诺|电子乐"),
    "dnb": (
        "drum and bass|drum & bass|drum n bass|drum'n'bass|dnb|jungle|breakbeat|"
        "драм-н-бейс|драм-энд-бейс|"
        "鼓打贝斯|鼓与贝斯"
    ),
    "synthwave": (
        "synthwave|retrowave|outrun|80s|eighties|synth-pop|"
        "синтвейв*|ретровейв*|синти-поп*|восьмидесят*|"
        "合成器浪潮|合成器流行|八十年代|80年代"
    ),
    "pop": "pop|ballad|поп|поп-музык*|баллад*|эстрад*|流行|情歌",
    "rock": ("rock|indie|punk|grunge|alternative|рок|рока|роков*|рок-музык*|инди|панк*|гранж*|摇滚|独立音乐|朋克"),
    "metal": ("metal|heavy metal|thrash|метал|металл|металла|хеви-метал*|трэш-метал*|金属|重金属"),
    "blues": "blues|bluesy|блюз*|布鲁斯|蓝调",
    "jazz": ("jazz*|swing|bebop|big band|джаз*|свинг*|бибоп*|爵士*|摇摆乐"),
    "bossa": ("bossa nova|bossa|samba|latin|босса-нова|босса-новы|боссанов*|самб*|латин*|巴萨诺瓦|波萨诺瓦|桑巴|拉丁"),
    "funk": "funk*|soul|r&b|rnb|groovy|фанк*|соул*|放克|灵魂乐",
    "reggae": "reggae|dub|ska|регги|даб|雷鬼",
    "folk": (
        "folk*|country|celtic|irish|acoustic|singer-songwriter|bluegrass|"
        "фолк*|кантри|кельтск*|ирландск*|акустическ*|народн*|"
        "民谣|乡村|凯尔特|原声"
    ),
    "russian": ("russian folk|russian|slavic|русск*|русск* народн*|славянск*|частушк*|俄罗斯*|俄罗斯民歌|俄国"),
    "waltz": "waltz*|вальс*|圆舞曲|华尔兹",
    "baroque": ("baroque|bach|fugue|renaissance|барокко|барочн*|бах*|фуг*|巴洛克|巴赫|赋格"),
    "classical": (
        "classical|chamber|mozart|sonata|string quartet|"
        "классическ*|классик*|камерн*|моцарт*|сонат*|"
        "古典|室内乐|奏鸣曲|莫扎特"
    ),
    "orchestral": (
        "orchestra*|cinematic|film score|soundtrack|symphon*|trailer|movie|"
        "оркестр*|кинематограф*|киномузык*|саундтрек*|симфони*|трейлер*|фильм*|"
        "管弦乐|交响*|电影|配乐|史诗"
    ),
    "piano": (
        "solo piano|piano solo|piano piece|nocturne|фортепианн* пьес*|соло фортепиано|ноктюрн*|钢琴独奏|钢琴曲|夜曲"
    ),
    "chiptune": (
        "chiptune*|8-bit|8bit|16-bit|video game|game music|retro game|"
        "чиптюн*|8-бит*|восьмибит*|игров*|"
        "芯片音乐|8位|8比特|游戏音乐"
    ),
    "chinese": (
        "chinese|traditional chinese|oriental|asian|guofeng|"
        "китайск*|восточн*|азиатск*|"
        "中国风|国风|古风|中国传统|中国*|江南"
    ),
}

MOODS = {
    "calm": (
        "calm*|relax*|peaceful*|quiet*|soothing|serene|tranquil|gentle|soft|chill|mellow|"
        "спокойн*|расслаб*|мирн*|тих*|нежн*|мягк*|умиротвор*|"
        "平静|安静|宁静|放松|轻柔|舒缓|柔和|温柔"
    ),
    "sad": (
        "sad*|melanchol*|sorrow*|mournful|gloomy|tearful|"
        "грустн*|печальн*|меланхол*|тоск*|скорбн*|"
        "悲伤|忧伤|忧郁|伤感|哀伤"
    ),
    "happy": (
        "happy|happily|joy*|cheer*|upbeat|sunny|fun|"
        "весел*|радост*|счастлив*|солнечн*|жизнерадост*|задорн*|"
        "快乐|欢快|开心|愉快|喜悦|阳光"
    ),
    "dark": (
        "dark*|ominous|sinister|scary|spooky|horror|creepy|evil|"
        "темн*|мрачн*|зловещ*|страшн*|жутк*|хоррор*|"
        "黑暗|阴暗|恐怖|诡异|阴森"
    ),
    "bright": "bright*|light|shiny|светл*|ярк*|легк*|明亮|明快|轻快",
    "energetic": (
        "energetic|energy|powerful|driving|intense|exciting|dynamic|"
        "энергич*|мощн*|драйв*|заводн*|динамичн*|активн*|"
        "充满活力|有力|激烈|动感|激情|热烈"
    ),
    "epic": (
        "epic*|heroic|majestic|triumphant|grand|victorious|"
        "эпич*|героич*|величествен*|торжествен*|грандиозн*|"
        "史诗般|宏大|壮丽|英雄|雄伟|磅礴"
    ),
    "romantic": ("romantic*|love|tender|sensual|романтич*|любов*|любви|чувствен*|浪漫|爱情|柔情"),
    "dreamy": ("dream*|ethereal|floating|hazy|magical|мечтательн*|воздушн*|волшебн*|сказочн*|эфирн*|梦幻|空灵|飘渺|梦"),
    "mysterious": ("myster*|enigmatic|mystic*|загадочн*|таинствен*|мистич*|神秘"),
    "nostalgic": ("nostalg*|wistful|bittersweet|retro|vintage|ностальг*|ретро|винтаж*|怀旧|复古"),
    "tense": ("tense|tension|suspense*|nervous|anxious|urgent|напряж*|тревожн*|нервн*|紧张|悬疑|焦虑|急迫"),
    "playful": (
        "playful*|funny|quirky|whimsical|comic*|cute|игрив*|забавн*|смешн*|шутлив*|мил*|俏皮|顽皮|可爱|滑稽|诙谐"
    ),
    "aggressive": (
        "aggressive*|angry|brutal|heavy|fierce|furious|агрессивн*|злобн*|злой|яростн*|тяжел*|жестк*|愤怒|激进|凶猛|沉重"
    ),
    "hopeful": (
        "hope*|uplifting|inspir*|optimis*|motivat*|надежд*|вдохновля*|воодушевля*|оптимис*|希望|励志|鼓舞|振奋"
    ),
    "lonely": ("lonely|loneliness|solitary|isolated|одинок*|одиноч*|孤独|寂寞"),
    "warm": "warm*|cozy|cosy|comforting|homely|тепл*|уютн*|温暖|温馨",
    "cold": ("cold|icy|frozen|wintry|winter|холодн*|ледян*|зимн*|зим|冰冷|寒冷|冬天|冬日"),
    "sleepy": ("sleep*|lullaby|drowsy|bedtime|сонн*|колыбельн*|для сна|усыпля*|睡眠|催眠|摇篮曲|助眠"),
    "festive": (
        "festive|celebrat*|party|holiday|christmas|праздничн*|вечеринк*|рождеств*|новогодн*|节日|庆祝|派对|圣诞|喜庆"
    ),
    "spiritual": ("spiritual|sacred|holy|prayer*|духовн*|священн*|молитв*|церковн*|圣洁|祈祷|灵性"),
    "elegant": ("elegant*|graceful|sophisticated|classy|элегантн*|изящн*|изыскан*|优雅|高雅|精致"),
    "rainy": "rain*|storm*|дожд*|гроз*|雨|下雨|雨天",
    "nocturnal": ("night*|midnight|late-night|ночн*|ночь|ночи|полноч*|夜晚|夜|深夜|午夜"),
}

INSTRUMENTS = {
    "piano": (
        "piano|pianos|grand piano|keys|keyboard|фортепиано|фортепьяно|пианино|рояль|рояля|роялем|клавишн*|钢琴|键盘"
    ),
    "electric piano": ("electric piano|rhodes|wurlitzer|e-piano|электропиано|электрическ* пиано|родес|电钢琴|电钢"),
    "harpsichord": "harpsichord|cembalo|клавесин*|羽管键琴|大键琴",
    "clavinet": "clavinet|clav|клавинет*|电翼琴",
    "celesta": "celesta|celeste|челест*|钢片琴",
    "glockenspiel": "glockenspiel|металлофон*|колокольчик*|钟琴",
    "music box": ("music box|музыкальн* шкатулк*|шкатулк*|八音盒|音乐盒"),
    "vibraphone": "vibraphone|vibes|вибрафон*|颤音琴",
    "marimba": "marimba|маримб*|马林巴",
    "xylophone": "xylophone|ксилофон*|木琴",
    "bells": ("bells|tubular bells|chimes|bell|колокол*|колокола|钟声|管钟|铃"),
    "dulcimer": "dulcimer|hammered dulcimer|цимбал*|гусл*|扬琴|洋琴",
    "organ": ("organ|hammond|орган|органа|органом|хаммонд*|风琴|电风琴"),
    "church organ": "church organ|pipe organ|церковн* орган*|管风琴",
    "accordion": ("accordion|аккордеон*|баян*|гармонь|гармошк*|гармони|手风琴"),
    "harmonica": "harmonica|mouth organ|губн* гармошк*|口琴",
    "bandoneon": "bandoneon|бандонеон*|班多钮",
    "guitar": ("guitar|guitars|nylon guitar|classical guitar|spanish guitar|гитар*|классическ* гитар*|吉他|古典吉他"),
    "acoustic guitar": (
        "acoustic guitar|acoustic guitars|steel guitar|ukulele|акустическ* гитар*|укулел*|木吉他|民谣吉他|尤克里里"
    ),
    "jazz guitar": "jazz guitar|джазов* гитар*|爵士吉他",
    "electric guitar": ("electric guitar|electric guitars|clean guitar|электрогитар*|электрическ* гитар*|电吉他"),
    "overdriven guitar": ("overdriven guitar|overdrive|овердрайв*|перегруженн* гитар*|过载吉他"),
    "distorted guitar": (
        "distorted guitar|distorted guitars|distortion|fuzz guitar|heavy guitar|дисторшн*|дисторшен*|失真吉他|失真"
    ),
    "double bass": ("double bass|upright bass|contrabass|acoustic bass|контрабас*|低音提琴|倍大提琴|大贝斯"),
    "bass": ("bass|bass guitar|electric bass|bassline|bass line|бас|баса|басом|басов*|бас-гитар*|басы|贝斯|低音|贝司"),
    "fretless bass": "fretless bass|fretless|безладов* бас*|无品贝斯",
    "slap bass": "slap bass|slap|слэп*|拍弦贝斯",
    "synth bass": ("synth bass|sub bass|808 bass|синт-бас*|синтезаторн* бас*|合成贝斯|合成器贝斯"),
    "violin": "violin|violins|скрипк*|скрипок|скрипичн*|小提琴",
    "viola": "viola|violas|альт|альта|альтом|中提琴",
    "cello": "cello|cellos|violoncello|виолончел*|大提琴",
    "pizzicato": "pizzicato|пиццикато|拨奏",
    "harp": "harp|harps|арф*|竖琴",
    "timpani": "timpani|kettledrum*|литавр*|定音鼓",
    "strings": ("strings|string section|string ensemble|violins section|струнн*|弦乐|弦乐组"),
    "synth strings": ("synth strings|synthetic strings|синтетическ* струнн*|合成弦乐"),
    "choir": ("choir|choral|chorus voices|хор|хора|хором|хоров*|合唱|唱诗班"),
    "trumpet": ("trumpet|trumpets|труб|труба|трубы|трубу|трубой|трубе|小号"),
    "trombone": "trombone*|тромбон*|长号",
    "tuba": "tuba|туб|туба|тубы|тубу|大号",
    "muted trumpet": ("muted trumpet|harmon mute|труб* с сурдин*|弱音小号"),
    "french horn": ("french horn|french horns|horn|валторн*|圆号|法国号"),
    "brass": ("brass|brass section|horns|horn section|медн*|духов* секци*|медн* духов*|铜管"),
    "synth brass": "synth brass|合成铜管",
    "soprano saxophone": ("soprano sax|soprano saxophone|сопрано-саксофон*|高音萨克斯"),
    "saxophone": ("sax|saxophone|saxophones|tenor sax|alto sax|саксофон*|сакс|саксом|萨克斯|萨克斯风"),
    "oboe": "oboe|oboes|гобо|гобой|гобоя|гобоем|双簧管",
    "english horn": "english horn|cor anglais|английск* рож*|英国管",
    "bassoon": "bassoon|фагот*|巴松|大管",
    "clarinet": "clarinet*|кларнет*|单簧管|黑管",
    "piccolo": "piccolo|пикколо|短笛",
    "flute": "flute|flutes|флейт*|长笛|笛声",
    "recorder": "recorder|blockflute|блокфлейт*|竖笛|直笛",
    "pan flute": ("pan flute|panpipes|pan pipes|флейт* пана|свирел*|排箫"),
    "shakuhachi": "shakuhachi|сякухати|尺八|洞箫|箫",
    "whistle": "whistle|whistling|tin whistle|свист*|口哨",
    "ocarina": "ocarina|окарин*|陶笛|埙",
    "square lead": "square lead|square wave|квадратн* волн*|方波",
    "synth": ("synth|synths|synthesizer*|synthesiser*|synth lead|saw lead|arpeggiator|синтезатор*|синт|синты|合成器"),
    "pad": ("pad|pads|synth pad|warm pad|пэд|пэды|пэдом|пэдов|подкладк*|铺底|音垫"),
    "sitar": "sitar|ситар*|西塔琴",
    "banjo": "banjo|банджо|班卓琴",
    "shamisen": "shamisen|сямисэн*|三味线",
    "pipa": "pipa|пипа|琵琶",
    "balalaika": ("balalaika|domra|mandolin|балалайк*|домр*|мандолин*|巴拉莱卡|曼陀林"),
    "koto": "koto|кото|日本筝",
    "guzheng": "guzheng|zheng|guqin|гучжэн*|гуцинь|古筝|古琴|筝",
    "kalimba": "kalimba|thumb piano|mbira|калимб*|卡林巴|拇指琴",
    "bagpipes": "bagpipe*|волынк*|风笛",
    "erhu": "erhu|эрху|二胡",
    "fiddle": "fiddle|фиддл*",
    "dizi": "dizi|bamboo flute|бамбуков* флейт*|дицзы|笛子|竹笛",
    "steel drums": ("steel drum|steel drums|steelpan|стальн* барабан*|钢鼓"),
    "drums": (
        "drum|drums|drum kit|drumkit|percussion|beat|beats|"
        "ударн*|барабан*|перкусси*|бит|биты|бита|битов|"
        "鼓|打击乐|鼓点|节拍"
    ),
    "drum machine": "drum machine|808|909|драм-машин*|鼓机",
    "electronic drums": ("electronic drums|электронн* барабан*|электронн* ударн*|电子鼓"),
    "brushes": "brushes|brushed drums|щетк*|鼓刷",
    "orchestral percussion": ("orchestral percussion|оркестров* ударн*|管弦打击乐"),
    "woodwind": "woodwind*|деревянн* духов*|木管",
    "voice": ("voice*|vocal*|singer|singing|sung|вокал*|голос*|пение|пения|певиц*|певец|人声|歌声|演唱|歌手|歌词"),
}
"""`woodwind` and `voice` are families: wished for, they become the member that comes nearest."""

ROLES = {
    "melody": "melody|melodic line|lead|мелоди*|旋律|主旋律",
    "chords": "chords|harmony|аккорд*|гармони*|和弦|和声",
    "arpeggio": "arpeggio*|arp|arps|арпеджио|琶音",
}

METRES = {
    "3/4": ("3/4|three-four|triple time|triple metre|triple meter|три четверти|трехдольн*|三拍子|四三拍"),
    "4/4": "4/4|four-four|common time|четыре четверти|四四拍|四拍子",
    "6/8": "6/8|six-eight|compound time|jig|шесть восьмых|六八拍",
}

TEMPO_BPM = {
    48: ("very slow|extremely slow|largo|grave|очень медленн*|ларго|非常慢|很慢|极慢"),
    64: ("slow|slowly|adagio|lento|медленн*|неспешн*|неторопл*|адажио|慢|慢速|慢板|缓慢|慢节奏"),
    84: "andante|walking pace|анданте|行板",
    104: ("mid-tempo|midtempo|medium tempo|moderate|moderato|средн* темп*|умеренн*|модерато|中速|适中|中板"),
    138: ("fast|quick*|rapid|allegro|speedy|uptempo|up-tempo|быстр*|скор*|аллегро|快|快速|快节奏|快板"),
    172: ("very fast|extremely fast|presto|prestissimo|очень быстр*|престо|非常快|很快|急板|极快"),
}

MODES = {
    "major": "major|мажор*|大调",
    "minor": "minor|минор*|小调",
    "dorian": "dorian|дорийск*|多利亚*",
    "phrygian": "phrygian|фригийск*|弗里吉亚*",
    "lydian": "lydian|лидийск*|利底亚*",
    "mixolydian": "mixolydian|миксолидийск*|混合利底亚*",
    "pentatonic": "pentatonic|пентатоник*|五声*",
}

MANNERS = {
    "alone": (
        "solo|only|just|alone|unaccompanied|duet|duo|trio|соло|только|лишь|дуэт*|трио|独奏|只有|只用|仅|二重奏|三重奏"
    ),
}

NEGATORS = (
    "no|not|without|without any|w/o|minus|excluding|except|avoid|omit|skip|lacking|don't want|do not want|don't use|"
    "do not use|never|non|"
    "без|не|нет|кроме|исключая|никак*|"
    "不要|没有|无|不用|不使用|不含|不带|去掉|除去|别用|别要|不需要|不想要|不加|勿|禁止|不"
)
ENDS_NEGATION = "but|with|instead|however|yet|но|зато|с|со|только|但|但是|只|只有|而是|加上|加"
AFTER_NEGATED = "free|less"
"""English puts some negations behind: drum-free, drumless."""

FILLERS = (
    "a|an|the|and|or|of|in|on|at|to|for|by|from|is|it|its|be|some|any|very|more|much|please|make|create|generate|"
    "write|compose|play|played|give|me|i|want|need|like|that|this|with|feel*|mood*|vibe*|sound*|music|musical|song|"
    "track|tune|piece|tempo|key|time|style|styled|bpm|instrument*|background|really|quite|little|bit|kind|sort|as|"
    "be|should|nice|good|beautiful|something|minute*|second*|seconds|use|using|featuring|but|instead|scale|mode|"
    "line|part|parts|section|"
    "и|или|с|со|в|во|на|для|из|к|по|от|до|под|а|но|очень|более|пожалуйста|сделай|создай|напиши|сгенерируй|хочу|мне|"
    "что|это|как|чтобы|музык*|песн*|трек*|композици*|мелодию|темп*|тональност*|стил*|настроени*|звук*|звуч*|фон*|"
    "инструмент*|красив*|хорош*|немного|чуть|секунд*|минут*|удар*|размер*|"
    "的|和|与|及|或|在|有|用|请|来|一|个|首|段|些|点|很|非常|写|做|生成|创作|音乐|歌曲|曲子|曲|乐|风格|速度|节奏|"
    "情绪|感觉|我|要|想|带|以|为|是|了|背景|一首|一段|好听|伴奏|调|秒|分钟|每分钟|拍"
)
