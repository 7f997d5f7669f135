/**
 * Shapes of what the server sends. Types only: this file has no code.
 *
 * @typedef {"PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELED"} JobStatus
 *
 * @typedef {object} ErrorBody
 * @property {string} code
 * @property {string} message the sentence in the server's language
 * @property {{ key?: string, values?: Record<string, unknown>, [fact: string]: unknown }} [detail]
 *
 * @typedef {Record<string, unknown>} Values parameter name -> value
 *
 * @typedef {object} About what a job is about, as it was called when it was asked for
 * @property {string} command
 * @property {string} text the user's words, in one line
 * @property {{ field: string, key: string, title: string, track_id: string | null }[]} inputs
 * @property {Values} values what the command adds for its sentence
 * @property {[number, number] | undefined} [variation] which of how many that differ by chance only
 *
 * @typedef {object} JobRow times are unix seconds
 * @property {string} id
 * @property {string | null} request_id
 * @property {string} command
 * @property {string | null} text
 * @property {About} about
 * @property {Values} params
 * @property {JobStatus} status
 * @property {string | null} stage
 * @property {number} progress 0..1 over the whole job
 * @property {{ samples: number, rate_hz: number, channels: number } | null} [preview] what can be heard of it already
 * @property {number | null} eta_s
 * @property {number | null} position 1 is next
 * @property {string | null} waiting_for
 * @property {boolean} held it waits because the queue is on hold
 * @property {number} attempt how often it was begun
 * @property {number} interruptions how often its worker or the server died and it ran again by itself
 * @property {number} failures what went wrong since the user last asked for it
 * @property {ErrorBody | null} error
 * @property {boolean} dead_letter
 * @property {string[]} track_ids
 * @property {string | null} parent_id
 * @property {string | null} batch_id jobs that were asked for together
 * @property {number} rank orders the jobs of a batch, and all that wait, smaller first
 * @property {number} created_at
 * @property {number | null} started_at
 * @property {number | null} finished_at
 *
 * @typedef {object} TrackRow
 * @property {string} id
 * @property {string} title what people call it
 * @property {string} name of its files, without extension
 * @property {string} command
 * @property {string} model
 * @property {string} prompt
 * @property {string | null} artist
 * @property {number} created_at
 * @property {number} duration_s
 * @property {string} format
 * @property {boolean} favourite
 * @property {boolean} locked
 * @property {string} [user] whose it is
 * @property {boolean} [public] every user may hear it
 * @property {string | null} job_id
 * @property {number | null} bpm beats a minute, as far as known
 * @property {string | null} key such as "A minor"
 * @property {{ label: string, share: number }[]} [why] labels by which a search found it
 * @property {number | null} [likeness] to what it shall be like: a cosine
 * @property {number} [similarity] 0..1, to the first of its duplicates
 *
 * @typedef {object} Search which tracks are asked for; what is missing is not asked
 * @property {string} [q] words that must occur in title, prompt, name, artist, model or tags
 * @property {boolean} [meaning] the words are looked for by what they mean, too
 * @property {readonly string[]} [like] ids of tracks; the most similar come first
 * @property {readonly string[]} [unlike] ids of tracks that are not meant
 * @property {number} [low_bpm]
 * @property {number} [high_bpm]
 * @property {readonly string[]} [key] "A minor", any of them
 * @property {boolean} [compatible] keys that mix with it as well
 * @property {readonly string[]} [tag] CATEGORY/NAME, all of them
 * @property {string} [command]
 * @property {string} [model]
 * @property {boolean} [favourite]
 * @property {string} [sort] newest | oldest | title | longest | shortest
 * @property {number} [offset]
 * @property {number} [limit]
 *
 * @typedef {object} Playlist a search that is kept under a title
 * @property {string} id
 * @property {string} title
 * @property {Search} search
 *
 * @typedef {object} Tagging how far the library is tagged
 * @property {"idle" | "running" | "paused"} state
 * @property {number} total
 * @property {number} tagged
 * @property {number} failed
 *
 * @typedef {object} TrackRecord the JSON beside the audio file, with its addresses
 * @property {string} id
 * @property {string} title what people call it
 * @property {string} made_title the one that it was made with
 * @property {string} name of its files, without extension
 * @property {string} command
 * @property {string} model
 * @property {string} prompt
 * @property {string | null} artist
 * @property {number} created_at
 * @property {Values} parameters
 * @property {Record<string, string>} [heard] parameters that the prompt set, with the words that say so
 * @property {number} duration_s
 * @property {Levels} levels
 * @property {boolean} favourite
 * @property {boolean} locked
 * @property {string} [user] whose it is
 * @property {boolean} [public] every user may hear it
 * @property {Values} [details]
 * @property {Values} [engine]
 * @property {Values} [timings]
 * @property {Values} [postprocess]
 * @property {unknown[]} [sources]
 * @property {SourceNote[]} [source_note]
 * @property {string} file
 * @property {string} audio_url
 * @property {string} download_url
 * @property {string | null} [midi_url]
 * @property {string | null} [project] of a drama: the file that holds its script, cast and sounds
 * @property {string | null} [picture_url] the sound before and after, in one picture
 * @property {StemFile[]} [stems]
 * @property {Values} [facts] what was found out about the sound: tags, tempo, key
 * @property {{ id: string, job_id: string | null, undone_at: number | null }[]} [annotations] how that came, oldest first
 * @property {{ id: string }[]} [file_tags] what of that was written into the file, oldest first
 *
 * @typedef {object} FileTagField a field of a file's tags: texts by the name of the tag, and what they would be
 * @property {string} field
 * @property {Record<string, string[]>} before
 * @property {Record<string, string[]>} after
 * @property {boolean} changes
 *
 * @typedef {object} SourceNote what is wrong with a file that could be read all the same
 * @property {string} key of the sentence: source_note.…
 * @property {Record<string, number>} values
 * @property {string} [name] of the file, in records
 *
 * @typedef {object} Levels
 * @property {number | null} loudness_lufs
 * @property {number | null} true_peak_dbtp
 * @property {number} [clipped_samples] beyond full scale, which the format could not hold
 * @property {number} [lowered_db] how far all was turned down for its peaks; missing in records of earlier versions
 *
 * @typedef {object} StemFile
 * @property {string} name
 * @property {string} file
 * @property {number} duration_s
 * @property {number} samples
 * @property {number | null} [rate_hz] null in records of earlier versions
 * @property {number | null} [channels]
 * @property {string | null} [layout] where they stand; missing in records of earlier versions
 * @property {number} [clipped_samples]
 * @property {string} audio_url
 *
 * @typedef {object} Peaks
 * @property {number} duration_s
 * @property {number[][]} peaks `[[max…], [min…]]`, -1..1
 *
 * @typedef {object} Score what the MIDI file beside a track says
 * @property {number} duration_s
 * @property {{ name: string, program: number, drums: boolean, notes: [number, number, number, number][] }[]} parts
 *   notes are start (s), length (s), pitch, velocity
 *
 * @typedef {object} Upload
 * @property {string} key `upload:ID`
 * @property {"sound" | "script"} [kind] a sound where an earlier version has kept it
 * @property {string} name as the file was called
 * @property {number} duration_s of a sound
 * @property {number} rate_hz of a sound
 * @property {number} channels of a sound
 * @property {string} [language] of a script, as the following
 * @property {number} [chapters]
 * @property {number} [lines]
 * @property {number} [seconds] about how long it will be
 * @property {string} [layout] where they stand; missing for uploads of earlier versions
 * @property {number} created_at
 * @property {SourceNote[]} [source_note]
 * @property {string} audio_url
 *
 * @typedef {object} Meaning what a text means before it is sent
 * @property {Asked | null} command another command that the words ask for
 * @property {PieceEdit | null} edit what they would change of the composed piece on the card
 * @property {Record<string, Heard>} heard what they say of parameters
 *
 * @typedef {{ track_id: string, title: string, is_edit: boolean, changes: Values[], not_heard: string[] }} PieceEdit
 * `is_edit`: rather this than a new piece
 *
 * @typedef {{ name: string, params: Values, phrase: string }} Asked a command that words ask for without a slash
 *
 * @typedef {{ value: string | number | boolean, words: string, fits: boolean }} Heard `fits`: within the limits
 *
 * @typedef {object} LibrarySummary
 * @property {number} total
 * @property {number} locked
 * @property {number} favourites
 * @property {Record<string, number>} commands
 * @property {Record<string, number>} models
 * @property {Record<string, number>} tags CATEGORY/NAME -> tracks that have it, only those that some track has
 * @property {{ count: number, bytes: number }} uploads
 *
 * @typedef {object} SchemaField one property of pydantic's JSON Schema
 * @property {string} [$ref]
 * @property {SchemaField[]} [anyOf]
 * @property {SchemaField[]} [allOf]
 * @property {string} [type]
 * @property {unknown} [const]
 * @property {unknown[]} [enum]
 * @property {string} [title]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [maxLength]
 * @property {number} [step]
 * @property {string} [unit]
 * @property {string} [widget]
 * @property {boolean} [internal] no setting: something on the page asks for it
 * @property {string[]} [choices] of the widget `choices`: what may be named in its text
 * @property {string} [every] the word for all of them
 * @property {Record<string, string>} [labels]
 * @property {Record<string, unknown[] | boolean>} [shown_when] other field -> values with which this one is shown
 * @property {string} [choose] asks for the sound while there is none
 * @property {string} [needed_unless] field whose value makes up for this one; it is required without
 * @property {boolean} [library] only tracks of the library have what it takes
 * @property {string} [silences] field without an effect while this one is above 0
 * @property {string} [group]
 * @property {boolean} [advanced]
 *
 * @typedef {object} Schema
 * @property {Record<string, SchemaField>} properties
 * @property {Record<string, SchemaField>} [$defs]
 * @property {string[]} [required]
 *
 * @typedef {object} CommandInfo
 * @property {string} name
 * @property {string} summary
 * @property {string} [invitation] the sentence of its tile; empty for commands that have none
 * @property {string} [placeholder] what the empty prompt shows
 * @property {string} [button] what the send button says, with {FIELD} for the title of a sound
 * @property {Record<string, Values[]>} [examples] language -> parameters of results worth hearing first
 * @property {string | null} text_field the parameter that free text fills
 * @property {Schema} schema
 *
 * @typedef {object} ServerState
 * @property {string} version
 * @property {string} language
 * @property {boolean} debug
 * @property {CommandInfo[]} commands
 * @property {JobRow[]} jobs
 * @property {TrackRow[]} tracks newest first
 * @property {number} track_total
 * @property {boolean} paused waiting jobs are held back
 * @property {{ command: string, params: Values } | null} last_run
 * @property {string | null} bucket origin of the bucket that uploads may go to past the server
 *
 * @typedef {object} Notice
 * @property {"info" | "warning" | "error"} level
 * @property {string} [key]
 * @property {Record<string, unknown>} [values]
 * @property {string} message
 * @property {{ label: string, act: () => void }} [action] of the page's own: what can be done about it
 * @property {string} [topic] of the page's own: what it is about, to withdraw it by
 *
 * @typedef {{ job_id?: string, notes?: Notice[], canceled?: number, paused?: boolean, error?: ErrorBody }} Ack
 */

export {};
