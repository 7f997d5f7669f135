"""A program of the form of Silero's file: a class with its methods, in a torch package."""

from pathlib import Path

import torch


class TinySilero:
    """Each letter eight units of a tone; `rate` and `pitch` of the marks count."""

    speakers = ["aidar", "kseniya"]

    def apply_tts(self, text=None, ssml_text=None, speaker="", sample_rate=48000, return_ts=False):  # type: ignore[no-untyped-def]
        import re

        import torch

        marks = re.search(r'rate="(\d+)%" pitch="([+-]\d+)%">(.*)</prosody>', ssml_text or "")
        rate, pitch, said = (int(marks[1]), int(marks[2]), marks[3]) if marks else (100, 0, text)
        letters = [letter for letter in said if letter in " -.,?!+" or "а" <= letter <= "я"]
        units = round(8 * 100 / rate)
        at_s = torch.arange(units * 600) / sample_rate
        base = 300 if speaker == "aidar" else 500
        tones = [
            torch.sin(2 * torch.pi * (base + 7 * ord(letter) % 200) * (1 + pitch / 100) * at_s)
            * (0.5 if letter != " " else 0)
            for letter in letters
        ]
        durations = torch.tensor([[4, *[units] * len(letters), 4]])
        mask = [False, *(letter == "+" or letter.isalpha() for letter in letters), False]
        silence = torch.zeros(4 * 600)
        sound = torch.cat([silence, *tones, silence])
        return (sound, self.get_word_ts([], durations, mask)) if return_ts else sound

    def get_word_ts(self, clean, durations, mask):  # type: ignore[no-untyped-def]
        raise AssertionError("of a text with a dash")


def write_silero(path: Path) -> Path:
    with torch.package.PackageExporter(path) as exporter:
        exporter.intern("tests.drama.tiny_silero")
        exporter.extern("**")
        exporter.save_pickle("tts_models", "model", TinySilero())
    return path
