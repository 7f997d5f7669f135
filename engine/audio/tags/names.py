"""What a tag is called in each container, after the tables of MusicBrainz Picard, Mp3tag and the formats' own texts."""

from typing import NamedTuple

OWN = "audiocraft-webui"
"""The name under which this program says how it made a sound."""


class Places(NamedTuple):
    """Where a name stands: an ID3 frame, an MP4 atom, an ASF attribute; empty where it has no place of its own."""

    id3: str = ""
    mp4: str = ""
    asf: str = ""


PLACES = {
    "title": Places("TIT2", "\xa9nam", "Title"),
    "artist": Places("TPE1", "\xa9ART", "Author"),
    "album": Places("TALB", "\xa9alb", "WM/AlbumTitle"),
    "albumartist": Places("TPE2", "aART", "WM/AlbumArtist"),
    "composer": Places("TCOM", "\xa9wrt", "WM/Composer"),
    "date": Places("TDRC", "\xa9day", "WM/Year"),
    "genre": Places("TCON", "\xa9gen", "WM/Genre"),
    "tracknumber": Places("TRCK", "", "WM/TrackNumber"),
    "discnumber": Places("TPOS", "", "WM/PartOfSet"),
    "bpm": Places("TBPM", "", "WM/BeatsPerMinute"),
    "compilation": Places("TCMP", "", "WM/IsCompilation"),
    "copyright": Places("TCOP", "cprt", "Copyright"),
    "isrc": Places("TSRC", "", "WM/ISRC"),
    "conductor": Places("TPE3", "", "WM/Conductor"),
    "remixer": Places("TPE4", "", "WM/ModifiedBy"),
    "lyricist": Places("TEXT", "", "WM/Writer"),
    "organization": Places("TPUB", "", "WM/Publisher"),
    "subtitle": Places("TIT3", "", "WM/SubTitle"),
    "discsubtitle": Places("TSST", "", "WM/SetSubTitle"),
    "mood": Places("TMOO", "", "WM/Mood"),
    "language": Places("TLAN", "", "WM/Language"),
    "media": Places("TMED", "", "WM/Media"),
    "originaldate": Places("TDOR", "", "WM/OriginalReleaseYear"),
    "originalartist": Places("TOPE", "", "WM/OriginalArtist"),
    "originalalbum": Places("TOAL", "", "WM/OriginalAlbumTitle"),
    "encodedby": Places("TENC", "\xa9enc", "WM/EncodedBy"),
    "titlesort": Places("TSOT", "sonm", "WM/TitleSortOrder"),
    "artistsort": Places("TSOP", "soar", "WM/ArtistSortOrder"),
    "albumsort": Places("TSOA", "soal", "WM/AlbumSortOrder"),
    "albumartistsort": Places("TSO2", "soaa", "WM/AlbumArtistSortOrder"),
    "composersort": Places("TSOC", "soco", "WM/ComposerSortOrder"),
    "grouping": Places("GRP1", "\xa9grp", "WM/ContentGroupDescription"),
    "contentgroup": Places("TIT1"),
    "key": Places("TKEY", "", "WM/InitialKey"),
    "comment": Places("", "\xa9cmt", "Description"),
    "lyrics": Places("", "\xa9lyr", "WM/Lyrics"),
    "description": Places("", "desc", ""),
    OWN: Places(),
}
NAMES = tuple(PLACES)

ID3 = {places.id3: name for name, places in PLACES.items() if places.id3} | {"TDES": "description"}
MP4 = {places.mp4: name for name, places in PLACES.items() if places.mp4}
ASF = {places.asf.lower(): name for name, places in PLACES.items() if places.asf}

MUSICBRAINZ = {
    "musicbrainz_albumid": "MusicBrainz Album Id", "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id", "musicbrainz_workid": "MusicBrainz Work Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id", "acoustid_id": "Acoustid Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "releasestatus": "MusicBrainz Album Status", "releasetype": "MusicBrainz Album Type",
    "releasecountry": "MusicBrainz Album Release Country",
}  # fmt: skip
"""The name in Vorbis comments -> in the free fields of ID3 and MP4."""
FREE = MUSICBRAINZ | {"key": "initialkey", "mood": "MOOD", "fbpm": "fBPM", "instrument": "INSTRUMENT"}
"""What a free field of ID3 and MP4 is called: after Picard, Mp3tag and Mixed In Key; `fbpm`, the exact tempo, after
beaTunes, `instrument` after Jaikoz."""
BOTH = ("mood",)
"""Names whose frame came with ID3v2.4: for readers of v2.3 they stand in a free field of ID3 as well."""

_ALIASES = {
    "album artist": "albumartist", "album_artist": "albumartist", "encoded_by": "encodedby", "encoded-by": "encodedby",
    "encoded by": "encodedby", "publisher": "organization", "initialkey": "key",
    "unsyncedlyrics": "lyrics", "unsynced lyrics": "lyrics", "track": "tracknumber", "disc": "discnumber",
    "year": "date", "itunescompilation": "compilation", "tempo": "bpm",
    "sort_artist": "artistsort", "sort_album": "albumsort", "sort_name": "titlesort", "sort_composer": "composersort",
    "sort_album_artist": "albumartistsort", "author": "artist",
    **{spelled.lower(): name for name, spelled in MUSICBRAINZ.items()},
}  # fmt: skip


def name_of(spelled: str) -> str:
    """Our name for what a free field or comment is called in a file."""
    small = spelled.strip().lower()
    return _ALIASES.get(small, small)


TECHNICAL = frozenset(
    (
        "encoder", "encodersettings", "encoder_settings", "encoding_settings", "encoder_options", "encoding_params",
        "enc_delay", "enc_padding", "itunsmpb", "itunnorm", "comment:itunnorm", "comment:itunsmpb", "cdec", "duration",
        "bps", "number_of_frames", "number_of_bytes", "major_brand", "minor_version", "compatible_brands",
        "creation_time", "handler_name", "vendor_id", "isvbr", "deviceconformancetemplate", "wmfsdkversion",
        "wmfsdkneeded", "averagelevel", "peakvalue", "length", "source_id", "filename", "mimetype", "software",
    )
)  # fmt: skip
"""Names that speak of the old file or its sound, never of the work."""


def is_technical(name: str) -> bool:
    """Whether a name speaks of how the old file was encoded."""
    plain = name.replace(" ", "_")
    return plain in TECHNICAL or plain.startswith(("_statistics", "wm/encoding"))
